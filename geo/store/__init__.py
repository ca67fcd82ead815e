"""Where the data live: the private cluster, engines, migrations, seeding."""
