"""The two directories (两目录): institutions with their standing, programs with their published fields."""
