"""Messages to citizens (短信、电子社保卡消息): what they are told, where, and that each goes out once.

What holds it: a step that a person must hear of lays a ``message_request`` in its own transaction; taking the request
and making the ``message_delivery`` is one transaction too; the delivery's id makes the platform send it once. Texts
are registered templates whose parameters are days and names of benefits (``message_delivery_no_personal_data``).
"""
