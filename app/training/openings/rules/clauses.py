"""The clauses that the rules of openings rest on."""

from app.kernel.errors import Citation

_NOTICE = "人社部发〔2025〕10号"

FIVE_PARTS = Citation(document=_NOTICE, clause="三(三)")
"""开班前，培训机构根据需求按规定提交教学计划、授课师资情况、教材教学资源清单、考核方案、学员名册等材料."""

COMMITMENT = Citation(document=_NOTICE, clause="五(十一)")
"""指导培训机构对培训全过程及真实性作出承诺并履行."""

QUALIFICATION = Citation(document=_NOTICE, clause="三(二)")
"""培训机构应具备法定资质和良好信誉; programs come from the published directory."""
