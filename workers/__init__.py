"""Workers: arq's jobs by name, the schedule, the relay of news; each calls a use case of a lower floor."""
