"""The words of the `naparnik` command, a module each: `describe` names the options, `run` does it.

The first line of a module is what `naparnik --help` says about its word.
"""
