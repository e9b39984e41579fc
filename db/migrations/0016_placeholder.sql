-- Stands for a migration of another branch.

UPDATE jobs SET attempts = attempts WHERE tenant_id < 0;
