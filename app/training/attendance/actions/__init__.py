"""One act a file: propose, register and revoke a source; receive events; check in; propose and decide corrections."""
