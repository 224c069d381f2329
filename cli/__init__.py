"""The `naparnik` command, embedded servers and their supervisor."""
