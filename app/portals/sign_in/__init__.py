"""The doors themselves: signing in and out, activating an account, one's own account, what was kept of a form."""

from app.portals.sign_in import account, citizen, kept, staff

ROUTERS = (staff.router, citizen.router, account.router, kept.router)
