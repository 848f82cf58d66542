"""What one installation chooses: settings, policies, rosters, work days."""
