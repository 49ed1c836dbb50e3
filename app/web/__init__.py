"""What the channels share: who calls, one transaction a request, problem answers, idempotency, versions."""
