"""The second floor: what is sold and where, the campaigns and their budgets, and the rules that decide a bonus."""
