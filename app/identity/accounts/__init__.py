"""Accounts (账号): how officers, operators, administrators, systems and citizens become somebody who may act."""
