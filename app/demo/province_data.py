"""Who and what the demo's two provinces consist of. Names are invented, numbers synthetic; places are real codes."""

from dataclasses import dataclass

from app.demo.certificates import BodyPlan
from app.demo.identities import Person, credit_code, person

DICTIONARY_EDITION = 2022
PROVINCE, CITY, COUNTY = "330000", "330100", "330106"
OTHER_PROVINCE, OTHER_CITY, OTHER_COUNTY = "510000", "510100", "510107"


@dataclass(frozen=True, slots=True)
class AgencyPlan:
    """An agency to set up; ``key`` is how the scenario calls it."""

    key: str
    name: str
    division_code: str


@dataclass(frozen=True, slots=True)
class OfficerPlan:
    """An officer with one permission; ``more``: of somebody who has several, and gains nothing by it."""

    login_name: str
    display_name: str
    agency: str
    permission: str
    more: tuple[str, ...] = ()

    @property
    def permissions(self) -> list[str]:
        """All of them."""
        return [self.permission, *self.more]


@dataclass(frozen=True, slots=True)
class InstitutionPlan:
    """An institution with its license and the occupations it is designated for in ``division_code``."""

    key: str
    name: str
    kind: str
    credit_code: str
    division_code: str
    license_kind: str
    occupations: tuple[str, ...]
    address: str


@dataclass(frozen=True, slots=True)
class ProgramPlan:
    """A program; hours are class hours of 45 minutes."""

    key: str
    name: str
    occupation_code: str
    skill_level: str
    training_type: str
    training_mode: str
    open_positions: int
    skill_requirements: str
    content: str
    hours: tuple[int, int, int] = (4, 3, 1)


AGENCIES = (
    AgencyPlan("province", "浙江省就业与技能服务中心（演示）", PROVINCE),
    AgencyPlan("city", "杭州市人力资源和社会保障局（演示）", CITY),
    AgencyPlan("county", "杭州市西湖区人力资源和社会保障局（演示）", COUNTY),
    AgencyPlan("other_province", "四川省就业服务管理局（演示）", OTHER_PROVINCE),
    AgencyPlan("other_city", "成都市人力资源和社会保障局（演示）", OTHER_CITY),
)

OFFICERS = (
    OfficerPlan("directory.zj", "沈知远", "province", "directory"),
    OfficerPlan("filing.hz", "陆安平", "city", "filing"),
    OfficerPlan("lookup.hz", "顾明德", "city", "lookup"),
    OfficerPlan("review.zj", "姚思齐", "province", "review"),
    OfficerPlan("approval.zj", "韩守正", "province", "approval"),
    OfficerPlan("review.hz", "严仲平", "city", "review"),
    OfficerPlan("approval.hz", "白秉文", "city", "approval"),
    OfficerPlan("payment.zj", "钟惠民", "province", "payment"),
    OfficerPlan("inspection.zj", "季清源", "province", "inspection"),
    OfficerPlan("several.zj", "苗兼任", "province", "review", ("approval", "payment")),
    OfficerPlan("identity.hz", "方若谷", "city", "identity"),
    OfficerPlan("review.sc", "温如言", "other_province", "review"),
    OfficerPlan("directory.sc", "谢长风", "other_province", "directory"),
    OfficerPlan("filing.sc", "罗静宜", "other_province", "filing"),
    OfficerPlan("lookup.cd", "唐清和", "other_city", "lookup"),
)

_NURSE, _ELECTRICIAN, _COOK, _WELDER = "4-10-01-05", "6-31-01-03", "4-03-02-01", "6-18-02-04"
_MARKETER, _MECHANIC, _HOUSEKEEPER, _INFANT = "4-01-06-02", "4-12-01-01", "4-10-01-06", "4-10-01-02"

OCCUPATION_NAMES = {_NURSE: "养老护理员", _COOK: "中式烹调师", _INFANT: "育婴员"}

BODIES = (
    BodyPlan("nursing_body", "S000033995001", "杭州演示技能评价中心", CITY, _NURSE),
    BodyPlan("cooking_body", "S000051995001", "成都演示餐饮技能评价中心", OTHER_CITY, _COOK),
)
UNLISTED_BODY = BodyPlan("unlisted_body", "S000033995009", "浙江演示育婴技能评价站", PROVINCE, _INFANT)
"""Evaluates as well, but nobody has put it into the directory."""

INSTITUTIONS = (
    InstitutionPlan(
        "school", "杭州西湖示范职业培训学校", "training_school", credit_code("52", COUNTY, "MJ000101"), COUNTY,
        "school_license", (_NURSE, _HOUSEKEEPER, _INFANT), "浙江省杭州市西湖区示范路1号",
    ),
    InstitutionPlan(
        # 40 characters, as long as real names get.
        "long_name", "杭州市西湖区先进制造业与现代服务业高技能人才公共实训基地附属职业技能培训示范学校",
        "practice_base", credit_code("12", COUNTY, "40000201"), COUNTY, "legal_person_certificate",
        (_ELECTRICIAN, _WELDER), "浙江省杭州市西湖区实训路40号",
    ),
    InstitutionPlan(
        "college", "浙江演示职业技术学院", "vocational_college", credit_code("12", PROVINCE, "40000301"), CITY,
        "legal_person_certificate", (_NURSE, _MECHANIC), "浙江省杭州市学院路3号",
    ),
    InstitutionPlan(
        "technical", "杭州演示技师学院", "technical_school", credit_code("12", CITY, "40000401"), CITY,
        "technical_school_approval", (_WELDER, _ELECTRICIAN), "浙江省杭州市技师路4号",
    ),
    InstitutionPlan(
        "enterprise", "杭州演示电力设备有限公司", "enterprise", credit_code("91", COUNTY, "MA000501"), COUNTY,
        "business_license", (_ELECTRICIAN,), "浙江省杭州市西湖区工业路5号",
    ),
    InstitutionPlan(
        "platform", "浙江演示在线教育科技有限公司", "other", credit_code("91", CITY, "MA000601"), CITY,
        "business_license", (_MARKETER,), "浙江省杭州市云路6号",
    ),
    InstitutionPlan(
        "other_school", "成都武侯示范职业培训学校", "training_school", credit_code("52", OTHER_COUNTY, "MJ000701"),
        OTHER_COUNTY, "school_license", (_COOK, _NURSE), "四川省成都市武侯区示范路7号",
    ),
)  # fmt: skip

PROGRAMS = (
    ProgramPlan(
        "nursing", "养老护理员（五级）项目制培训", _NURSE, "level_5", "project_based", "classroom", 320,
        "能为老年人提供生活照料、基础照护和安全保护", "职业道德与法律知识、生活照护、基础照护、应急与安全",
    ),
    ProgramPlan(
        "housekeeping", "家政服务员（初级）技能培训", _HOUSEKEEPER, "level_5", "employment_skills", "practical", 450,
        "能独立完成居家保洁、衣物洗护和家庭餐制作", "职业礼仪、居家清洁、烹饪基础、用电用气安全",
    ),
    ProgramPlan(
        "electrician", "电工（四级）岗位技能提升培训", _ELECTRICIAN, "level_4", "skills_upgrading", "work_study", 180,
        "能完成低压电路安装、检修与电气安全作业", "电工基础、低压电器、线路检修、安全操作规程",
    ),
    ProgramPlan(
        "welding", "焊工（五级）就业技能培训", _WELDER, "level_5", "employment_skills", "practical", 210,
        "能完成焊条电弧焊平、立位焊接并识别缺陷", "焊接工艺、实操训练、焊缝检验、防火防爆安全",
    ),
    ProgramPlan(
        "marketing", "互联网营销师（四级）线上线下融合培训", _MARKETER, "level_4", "new_occupation", "blended", 600,
        "能完成选品、直播推广与售后数据分析", "平台规则、选品、直播实操、网络与数据安全",
    ),
    ProgramPlan(
        "mechanic", "汽车维修工（五级）技能培训", _MECHANIC, "level_5", "employment_skills", "practical", 150,
        "能完成汽车一级维护和常见故障排除", "汽车构造、维护作业、故障诊断、举升与用电安全",
    ),
)  # fmt: skip

OTHER_PROGRAMS = (
    ProgramPlan(
        "cooking", "中式烹调师（五级）技能培训", _COOK, "level_5", "employment_skills", "practical", 260,
        "能完成常用原料加工和家常川菜烹制", "刀工与配菜、烹调技法、食品卫生、厨房安全",
    ),
)  # fmt: skip

NURSING_CLASS = (
    person("阿卜杜热依木·买买提吐尔逊", province="65", born="19900304", order=901),
    person("古丽努尔·阿卜杜热合曼", province="65", born="19950612", order=902),
    person("尼玛次仁·扎西顿珠", province="54", born="19880923", order=903),
    person("欧阳思齐", province="33", born="19791108", order=904),
    person("陈𬭎志", province="33", born="19930720", order=905),
    person("沈样芳", province="33", born="19850214", order=906),
    person("王样宁", province="34", born="19990909", order=907),
    person("李样勤", province="41", born="19721001", order=908),
)
WELDING_CLASS = (
    person("赵样坚", province="33", born="19960118", order=911),
    person("黄样明", province="36", born="19911225", order=912),
    person("吴样达", province="33", born="20010430", order=913),
    person("司马样远", province="42", born="19870706", order=914),
)
ELECTRICIAN_CLASS = (
    person("周样朴", province="33", born="19830816", order=921),
    person("徐样诚", province="33", born="19890527", order=922),
    person("孙样健", province="32", born="19940303", order=923),
)
HOUSEKEEPING_CLASS = (
    person("朱样和", province="33", born="19760929", order=931),
    person("高样信", province="34", born="19801215", order=932),
    person("林样康", province="35", born="19920401", order=933),
)
COOKING_CLASS = (
    person("何样文", province="51", born="19841020", order=941),
    person("郭样学", province="51", born="19970808", order=942),
)
NOT_MATCHING = (
    person("马样优", province="33", born="19900909", order=951, state="card_lost"),
    person("罗样平", province="33", born="19550505", order=952, state="deceased"),
)

EVERYBODY: tuple[Person, ...] = (
    *NURSING_CLASS, *WELDING_CLASS, *ELECTRICIAN_CLASS, *HOUSEKEEPING_CLASS, *COOKING_CLASS, *NOT_MATCHING,
)  # fmt: skip
