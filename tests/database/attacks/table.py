"""All attacks, in the order of the invariants."""

from tests.database.attacks.approval import MAKER_IS_NOT_CHECKER
from tests.database.attacks.archive import RECORDS_REST_ON_EVIDENCE
from tests.database.attacks.benefits import (
    NOTHING_IS_PAID_WITHOUT_ITS_RECORD,
    ONLY_TO_THEIR_OWN_ACCOUNT,
)
from tests.database.attacks.certificate_doors import DOORS_OF_CERTIFICATES
from tests.database.attacks.certificates import ONE_HOLDER_A_NUMBER
from tests.database.attacks.claim_doors import DOORS_OF_CLAIMS
from tests.database.attacks.claim_steps import STEPS_IN_THEIR_ORDER
from tests.database.attacks.claims import ONE_BENEFIT_FOR_LIFE
from tests.database.attacks.commitments import PROMISES
from tests.database.attacks.confirmations import CALLED_PAID_BY_TWO
from tests.database.attacks.directory import DIRECTORY_WAS_VALID
from tests.database.attacks.evidence import EVIDENCE_OF_EMPLOYERS
from tests.database.attacks.figures import WHAT_A_MONTH_CAME_TO_STAYS
from tests.database.attacks.history import HISTORY_STAYS
from tests.database.attacks.identity import PERSONS_ARE_ONE
from tests.database.attacks.ledger import THE_LEDGER_ADDS_UP
from tests.database.attacks.log import THE_LOG_GROWS
from tests.database.attacks.money_doors import DOORS_OF_MONEY
from tests.database.attacks.payment_orders import THREE_PERSONS_PAY
from tests.database.attacks.plan import WHAT_WAS_FILED_STAYS
from tests.database.attacks.presence import NOBODY_IS_AT_TWO_PLACES
from tests.database.attacks.process import NO_SESSION_BEFORE_THE_RECORD
from tests.database.attacks.proofs import PROOF_IN_ONES_OWN_HANDS
from tests.database.attacks.reading import READS_LEAVE_A_TRACE
from tests.database.attacks.recoveries import DEBTS_AND_FILES
from tests.database.attacks.registries import (
    NOTHING_IS_PAID_THAT_MAY_BE_FORGOTTEN,
    ONE_BENEFIT_ACROSS_REGISTRIES,
    TWO_PERSONS_KNOW_A_PEER,
)
from tests.database.attacks.server import THE_SERVER_ITSELF
from tests.database.attacks.times import THE_CLOCK_IS_THE_REGISTRYS
from tests.database.attacks.uniqueness import ONLY_ONCE
from tests.database.attacks.verifying import EACH_VERIFICATION_IS_COUNTED

ATTACKS = (
    *MAKER_IS_NOT_CHECKER,
    *NO_SESSION_BEFORE_THE_RECORD,
    *WHAT_WAS_FILED_STAYS,
    *THE_CLOCK_IS_THE_REGISTRYS,
    *NOBODY_IS_AT_TWO_PLACES,
    *HISTORY_STAYS,
    *WHAT_A_MONTH_CAME_TO_STAYS,
    *READS_LEAVE_A_TRACE,
    *EACH_VERIFICATION_IS_COUNTED,
    *DIRECTORY_WAS_VALID,
    *RECORDS_REST_ON_EVIDENCE,
    *ONE_HOLDER_A_NUMBER,
    *DOORS_OF_CERTIFICATES,
    *PERSONS_ARE_ONE,
    *ONLY_ONCE,
    *ONE_BENEFIT_FOR_LIFE,
    *STEPS_IN_THEIR_ORDER,
    *EVIDENCE_OF_EMPLOYERS,
    *THE_LOG_GROWS,
    *NOTHING_IS_PAID_WITHOUT_ITS_RECORD,
    *THREE_PERSONS_PAY,
    *ONLY_TO_THEIR_OWN_ACCOUNT,
    *THE_LEDGER_ADDS_UP,
    *DOORS_OF_CLAIMS,
    *DOORS_OF_MONEY,
    *DEBTS_AND_FILES,
    *CALLED_PAID_BY_TWO,
    *PROMISES,
    *PROOF_IN_ONES_OWN_HANDS,
    *ONE_BENEFIT_ACROSS_REGISTRIES,
    *TWO_PERSONS_KNOW_A_PEER,
    *NOTHING_IS_PAID_THAT_MAY_BE_FORGOTTEN,
    *THE_SERVER_ITSELF,
)
