"""HTTP: who calls, what is asked, one module a resource; every handler decodes, calls one use case and answers."""
