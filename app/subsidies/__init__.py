"""Subsidies (补贴): from a sealed archive entry to money and, where it was wrong, back: claims, notices (公示),
disbursements, recoveries (追回), vouchers (职业培训券), employers' listings and benefits paid before the registry.
"""
