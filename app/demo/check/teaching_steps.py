"""Teaching: devices and a platform report, citizens sign in with a rotating code, the institution itself may not."""

from dataclasses import dataclass
from datetime import timedelta

from app.demo.actors.citizen import Citizen
from app.demo.actors.institution import InstitutionActor
from app.demo.actors.sign_in import sign_in_citizen, sign_in_client
from app.demo.actors.source import AttendanceSource, attended, event, studied
from app.demo.check.cast import Cast
from app.demo.check.directory_steps import Directory
from app.demo.check.roster_steps import DOUBLY_ENROLLED, Classes
from app.demo.client import Answer
from app.demo.journal import Journal, require
from app.demo.province_data import NURSING_CLASS
from app.demo.timetable import Lesson, at, lessons_on

LONG_NAMED = NURSING_CLASS[0]
"""阿卜杜热依木·买买提吐尔逊: signs in with the code on the wall, and later reads the own record."""

_BEFORE_CLASS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Sources:
    """The registered senders of attendance."""

    school: AttendanceSource
    school_spare: AttendanceSource
    spare_id: str
    base: AttendanceSource
    online: AttendanceSource


def register_sources(cast: Cast, directory: Directory) -> Sources:
    """Institutions propose devices and a platform, the filing officer registers them."""
    journal = cast.journal

    def source(actor: InstitutionActor, kind: str, name: str) -> tuple[str, AttendanceSource]:
        source_id, key = cast.filing.register_source(actor.propose_source(kind, name))
        return source_id, AttendanceSource(sign_in_client(cast.api, key))

    with journal.step("机构申报考勤设备和平台，备案人员登记，设备凭密钥登录"):
        _, school = source(directory.school, "device", "201教室考勤机")
        spare_id, spare = source(directory.school, "device", "备用考勤机")
        _, base = source(directory.base, "device", "焊接车间考勤机")
        _, online = source(directory.online, "platform", "直播授课平台")
        foreign = directory.school.propose_source("device", "三号考勤机")
        path = f"/v1/attendance-source-proposals/{foreign}:register"
        journal.refused(cast.other_filing.caller.post(path), 404, "not_found")
        journal.counts["sources"] = 4
    return Sources(school, spare, spare_id, base, online)


def teach(cast: Cast, directory: Directory, classes: Classes, sources: Sources) -> None:
    """The teaching day, by the clock of law."""
    lessons = lessons_on(classes.nursing_plan.day)
    _begin(cast, directory, classes, sources, lessons[0])
    _finish_day(cast, directory, classes, sources, lessons)
    _study_online(cast, directory, classes, sources, lessons)
    _revoke_spare(cast, directory, classes, sources)


def _begin(cast: Cast, directory: Directory, classes: Classes, sources: Sources, lesson: Lesson) -> None:
    journal = cast.journal
    session_id = directory.school.sessions(classes.nursing)["theory"]
    lines = directory.school.lines(classes.nursing)
    early = event(session_id, lines[LONG_NAMED.name], "sign_in", cast.clock.now())
    with journal.step("课前两天的签到、机构自己上传的签到：拒绝"):
        require_refused(journal, sources.school.send([early]), "session_not_begun")
        forged = directory.school.caller.post("/v1/attendance-events", {"events": [early]})
        journal.refused(forged, 403, "forbidden")
    with journal.step(f"时钟拨到开课前（{lesson.starts_at:%m月%d日 %H:%M}），学员用现场动态码本人签到"):
        cast.clock.advance_to(lesson.starts_at - _BEFORE_CLASS)
        citizen = Citizen(sign_in_citizen(cast.api, cast.sandbox.base_url, LONG_NAMED.number))
        code = sources.school.code(session_id)
        wrong = f"{(int(code) + 1) % 10**8:08d}"
        journal.refused(citizen.check_in(wrong), 409, "check_in_code_wrong")
        require(citizen.check_in(code).expect(200)["result"] == "accepted", "动态码签到被接受")
        require(citizen.check_in(code).expect(200)["result"] == "repeated", "同一签到码重复提交不重复记录")
    others = [line_id for name, line_id in lines.items() if name != LONG_NAMED.name]
    with journal.step("其余学员在考勤机签到；来自未来的事件拒绝，重发不重复"):
        now = cast.clock.now()
        events = [event(session_id, line_id, "sign_in", now) for line_id in others]
        require(sources.school.send(events).expect(200)["accepted"] == len(others), "签到全部接收")
        require(sources.school.send(events).expect(200)["repeated"] == len(others), "重发全部认出")
        changed = [{**events[0], "kind": "sign_out"}]
        require_refused(journal, sources.school.send(changed), "event_id_reused")
        future = event(session_id, others[0], "sign_out", now + timedelta(hours=2))
        require_refused(journal, sources.school.send([future]), "event_from_future")
        require(directory.school.read(classes.nursing)["state"] == "running", "首次签到后为“进行中”")
    with journal.step("下课签退"):
        cast.clock.advance_to(lesson.ends_at)
        events = [event(session_id, line_id, "sign_out", lesson.ends_at) for line_id in lines.values()]
        require(sources.school.send(events).expect(200)["accepted"] == len(lines), "签退全部接收")
        journal.counts["sessions"] += 1


def _finish_day(
    cast: Cast, directory: Directory, classes: Classes, sources: Sources, lessons: tuple[Lesson, ...]
) -> None:
    journal = cast.journal
    with journal.step("下午两次课的考勤晚到补传：接收并标记"):
        cast.clock.advance_to(at(classes.nursing_plan.day, 18))
        sessions, lines = directory.school.sessions(classes.nursing), directory.school.lines(classes.nursing)
        for lesson in lessons[1:]:
            events = attended(sessions[lesson.hours_kind], lesson, lines.values())
            answer = sources.school.send(events).expect(200)
            require(answer["accepted"] == len(events), f"晚到的考勤全部接收：{answer.in_words()}")
            require(all("late" in each["marks"] for each in answer["answers"]), "标记为晚到")
            journal.counts["sessions"] += 1
    with journal.step("焊工班同日上课；同一人同一时间在两个班：拒绝第二处"):
        sessions, lines = directory.base.sessions(classes.welding), directory.base.lines(classes.welding)
        for lesson in lessons:
            session_id = sessions[lesson.hours_kind]
            twice = attended(session_id, lesson, [lines[DOUBLY_ENROLLED.name]])
            once = [line_id for name, line_id in lines.items() if name != DOUBLY_ENROLLED.name]
            events = attended(session_id, lesson, once)
            require(sources.base.send(events).expect(200)["accepted"] == len(events), "焊工班考勤接收")
            require_refused(journal, sources.base.send(twice), "double_presence")
            journal.counts["sessions"] += 1


def _study_online(
    cast: Cast, directory: Directory, classes: Classes, sources: Sources, lessons: tuple[Lesson, ...]
) -> None:
    with cast.journal.step("线上班：签到、记录、测试三类俱全的计课时，缺测试的不计"):
        sessions = directory.online.sessions(classes.online)
        whole, lacking = directory.online.lines(classes.online).values()
        for lesson in lessons:
            session_id = sessions[lesson.hours_kind]
            events = studied(session_id, lesson, [whole])
            events += [one for one in studied(session_id, lesson, [lacking]) if one["kind"] != "test"]
            answer = sources.online.send(events).expect(200)
            require(answer["accepted"] == len(events), f"线上记录接收：{answer.in_words()}")
            cast.journal.counts["sessions"] += 1
        seen = directory.online.caller.get(f"/v1/openings/{classes.online}/attendance").expect(200)
        credited = {each["line_id"]: each["credited_minutes"] for each in seen["items"]}
        planned = sum(lesson.minutes for lesson in lessons)
        require(credited == {whole: planned, lacking: 0}, f"应计 {planned} 和 0 分钟，实为 {credited}")


def _revoke_spare(cast: Cast, directory: Directory, classes: Classes, sources: Sources) -> None:
    with cast.journal.step("停用备用考勤机，它再上传即被拒绝"):
        cast.filing.revoke_source(sources.spare_id, "设备已报废").expect(200)
        session_id = directory.school.sessions(classes.nursing)["safety"]
        line_id = directory.school.lines(classes.nursing)[LONG_NAMED.name]
        late = event(session_id, line_id, "sign_out", cast.clock.now())
        cast.journal.refused(sources.school_spare.send([late]), 409, "source_revoked")


def require_refused(journal: Journal, answer: Answer, code: str) -> None:
    """Events are answered one by one: some of them refused for ``code``."""
    refused = [
        reason["code"]
        for each in answer.expect(200)["answers"]
        if each["result"] == "refused"
        for reason in each["reasons"]
    ]
    require(code in refused, f"应有事件以 {code} 拒绝：{answer.in_words()}")
    journal.refusals[code] += 1
