"""Training institutions (培训机构目录): qualification, designated scope (定点范围), standing (诚信状态)."""
