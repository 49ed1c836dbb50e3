"""Training programs (培训项目目录, 职业技能培训需求指导目录): versions with the five published fields."""
