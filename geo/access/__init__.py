"""Who may do what: roles, tokens and the log of denials and privileged acts."""
