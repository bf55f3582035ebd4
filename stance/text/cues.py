"""Words that tell whose voice a sentence is: verbs of speech and of taking sides, roles, pronouns.

Verbs stand in the forms news copy uses; the sets are closed and meant to be read.
"""

SPEECH = frozenset(
    """
say says said saying tell tells told telling add adds added adding claim claims claimed claiming argue argues argued
arguing insist insists insisted insisting deny denies denied denying admit admits admitted admitting acknowledge
acknowledges acknowledged warn warns warned warning stress stresses stressed stressing note notes noted noting
announce announces announced announcing declare declares declared declaring explain explains explained explaining
describe describes described describing confirm confirms confirmed confirming concede concedes conceded conceding
recall recalls recalled recalling reply replies replied replying answer answers answered respond responds responded
ask asks asked asking urge urges urged urging demand demands demanded demanding call calls called calling believe
believes believed think thinks thought suggest suggests suggested suggesting state states stated stating emphasise
emphasises emphasised emphasising emphasize emphasizes emphasized emphasizing reiterate reiterates reiterated
reiterating remark remarks remarked remarking comment comments commented commenting write writes wrote writing
tweet tweets tweeted posted posts repeat repeats repeated repeating maintain maintains maintained maintaining allege
alleges alleged alleging accuse accuses accused accusing blame blames blamed blaming boast boasts boasted joke jokes
joked joking shout shouts shouted shouting whisper whispered quip quips quipped predict predicts predicted predicting
promise promises promised promising pledge pledges pledged pledging vow vows vowed vowing swear swears swore swore
propose proposes proposed proposing recommend recommends recommended complain complains complained complaining
criticise criticises criticised criticising criticize criticizes criticized criticizing condemn condemns condemned
condemning denounce denounces denounced denouncing praise praises praised praising welcome welcomes welcomed thank
thanks thanked thanking dismiss dismisses dismissed dismissing reject rejects rejected conclude concludes concluded
concluding estimate estimates estimated estimating hint hints hinted hinting indicate indicates indicated indicating
point points pointed pointing observe observes observed observing reveal reveals revealed revealing report reports
reported assure assures assured assuring remind reminds reminded reminding retort retorts retorted counter counters
countered contend contends contended caution cautions cautioned cautioning fear fears feared hope hopes hoped expect
expects expected doubt doubts doubted consider considers considered advise advises advised agree agrees agreed
disagree disagrees disagreed apologise apologised apologize apologized lament lamented laments grumble grumbled
grumbles sigh sighed sighs laugh laughed laughs fume fumed snap snapped continue continued continues quote quoted
cite cited cites label labelled labels brand branded brands dub dubbed voice voiced voices express expressed expresses
testify testified testifies address addressed plead pleaded pleads appeal appealed appeals speculating speculated
speculate lambasted lambast hail hailed hails defend defended defends characterise characterised characterized see sees
read reads muse mused muses assert asserts asserted asserting refute refuted rebuke rebuked scoff scoffed reckon reckons reckoned figure figures grumbled
vent vented summarise summarised summed rule ruled judge judged protest protested object objected swears
regard regards regarded view views viewed reaffirm reaffirms reaffirmed reiterates emphasise draw draws drew
convey conveys conveyed proceed proceeds underline underlines underlined inform informs informed suspect suspects suspected wonder wonders wondered undertook undertakes
shrug shrugged shrugs sneer sneered sneers rage raged rages outline outlined outlines underscore underscored underscores
""".split()
)
"""Verbs of speech and thought, which introduce direct or indirect quotation."""

WEAK = frozenset(
    """
outline outlined outlines rage see sees read reads regard regards regarded view views viewed call calls called calling point points pointed pointing rule ruled rules figure figures
judge judged address addressed report reports state states voice voices label brand brands cite
quote object protest answer counter note comment demand demands thought doubt claim promise pledge warning
concern estimate estimates posts post appeal appeals consider considers considered see
continue continued continues agree agrees agreed repeat repeated repeats express expressed expresses voiced describe
describes described laugh laughed sigh sighed snap snapped plead pleaded response respond responds responded
thank thanks thanked welcome welcomes welcomed praise praises praised reject rejects rejected dismiss dismisses
dismissed condemn condemns condemned denounce denounced defend defended defends hail hailed hails accuse accuses accused
blame blames blamed criticise criticised criticize criticized lambasted propose proposes proposed
""".split()
)
"""Speech verbs that also are nouns or say little of speech: they count beside a quotation or a clause they govern."""

HARD = frozenset(
    """
see sees read reads regard regards regarded view views viewed rule ruled rules judge judged cite quote point points
pointed pointing figure figures label brand brands answer counter estimate estimates posts post describe describes
described laugh laughed sigh sighed snap snapped continue continued continues address addressed outline rage concern
""".split()
)
"""Weak verbs that need a quotation or a clause beside them even where an actor is their subject."""

JUDGING = frozenset(
    """
thank thanks thanked welcome welcomes welcomed praise praises praised reject rejects rejected dismiss dismisses
dismissed condemn condemns condemned denounce denounces denounced defend defended defends hail hailed hails accuse
accuses accused blame blames blamed criticise criticised criticises criticize criticized criticizes lambasted
dismissing condemning praising rejecting accusing blaming criticising criticizing thanking urge urges urged
""".split()
)
"""Speech verbs that take an object rather than a clause: the sentence still reports what their subject said."""

ACTS = frozenset(
    """
refuse refuses refused refusing allow allows allowed allowing recognise recognises recognised recognize recognizes
recognized support supports supported supporting back backs backed backing oppose opposes opposed opposing send sends
sent sending join joins joined joining sign signs signed signing vote votes voted voting abstain abstains abstained ban
bans banned banning expel expels expelled impose imposes imposed imposing sanction sanctions sanctioned lift lifts
lifted block blocks blocked veto vetoes vetoed help helps helped helping aid aided arm arms armed supply supplies
supplied deliver delivers delivered withdraw withdraws withdrew withdrawn threaten threatens threatened evacuate
evacuated close closed closes shut halt halted halts suspend suspends suspended cut cuts resume resumed host hosts
hosted hosting ship ships shipped lend lent grant granted deny contradict contradicts contradicted contradicting
distance distanced side sides sided align aligned defy defied deploy deployed deploys dispatch dispatched launch
launched open opened opens seize seized extradite extradited arrest arrested ratify ratified approve approved approves
adopt adopted adopts reject endorse endorsed boycott boycotted skip skipped attend attended summon summoned summons
recall recalled cancel cancelled postpone postponed delay delayed buy bought sell sold pay paid train trained gave give
gives throw threw donate donated protect protected evade evaded bypass bypassed join stopped stop stops accept
accepted accepts decline declined declines followed follow cooperate cooperates cooperated prevent prevented pull
pulled walk walked freeze froze frozen honour honoured award awarded invite invited expanded expand
""".split()
)
"""Verbs of taking a side by doing, whose subject is the holder of an attributed act."""

ROLES = frozenset(
    """
president premier chancellor leader minister spokesman spokeswoman spokesperson ambassador envoy diplomat official
officials governor mayor senator deputy lawmaker lawmakers mp speaker general adm col vice-adm colonel commander admiral officer analyst
analysts expert experts researcher professor historian economist director chairman chairwoman chair chief head secretary
adviser advisor aide prosecutor judge lawyer activist campaigner journalist reporter editor author writer critic critics
priest bishop archbishop patriarch cardinal pope imam monk farmer worker teacher nurse doctor engineer driver trader
shopkeeper businessman businesswoman owner manager banker executive coach player captain athlete singer actor artist
student pensioner mother father widow resident residents villager villagers citizen protester protesters volunteer
veteran soldier soldiers serviceman strongman dictator ruler king prince prime commissioner representative negotiator
delegate observer source sources witness witnesses family relatives neighbour politician dissident exile candidate
councillor parliamentarian legislator ministry government parliament embassy consulate committee commission agency
council court company firm union party church army police military opposition coalition office foreign-ministry
academic scientist scholar sociologist pollster veteran-general lieutenant-general brigadier sergeant foreman
miner docker sailor fisherman baker butcher mechanic electrician shepherd beekeeper librarian archivist curator
conductor composer dancer footballer swimmer wrestler boxer referee organiser founder boss bloc defender guard
lieutenant major vice-president co-chair whip backbencher premier-designate defector convoy counterpart envoy
side host presenter anchor skipper insider pundit blogger commentator watcher backbencher
landlady gardener cook keeper board inspector inspectorate coastguard media newspaper broadcaster association federation group institute centre center chamber bank regulator operator
watchdog intelligence prosecutors police investigators delegation mission authorities administration office club
consul attache attaché ombudsman ombudswoman commandant deputy-minister treasurer trustee tycoon oligarch
grandmother grandfather brother sister husband wife son daughter man woman neighbour caretaker landlord waiter waitress
""".split()
)
"""Nouns that name a speaker by what he or she is."""

PRONOUNS = {
    "he": "m", "she": "f", "they": "p", "it": "n", "i": "self", "we": "self", "who": "rel",
}  # fmt: skip
PREPOSITIONS = frozenset(
    """
of in to for with by from at on against between among about over under near toward towards during after before into
through across despite without within since until than including as like behind beyond via per alongside
""".split()
)
SUBORDINATORS = frozenset(
    "although while when after before as because if since though whereas once unless until even".split()
)
TITLES = frozenset(
    "mr mrs ms miss dr prof sir lord lady gen general col lt capt sgt rev fr maj adm vice-adm brig dame hon".split()
)
LABELLING = frozenset(
    "as called calls call dubbed termed branded labelled labeled described deemed considered named".split()
)
"""Words before a short quotation that make it somebody's wording and not the writer's distance."""

FEMALE_ENDINGS = ("ova", "eva", "skaya", "skaia", "ska", "ouskaya", "aya")
MALE_ENDINGS = ("ov", "ev", "sky", "skyi", "skiy", "ski")

KINDS_OF_ROLE = {
    "diplomat": {"ambassador", "envoy", "consul", "attache", "attaché"},
    "politician": {"mp", "lawmaker", "senator", "deputy", "leader", "minister", "president", "premier", "mayor", "governor"},
    "lawmaker": {"mp", "senator", "deputy", "legislator"},
    "official": {"spokesman", "spokeswoman", "deputy", "head", "minister", "commissioner", "governor", "secretary"},
    "officer": {"general", "colonel", "major", "captain", "commander", "admiral", "lieutenant-general"},
    "academic": {"professor", "researcher", "historian", "economist", "sociologist"},
    "expert": {"analyst", "researcher", "professor", "economist", "historian"},
    "analyst": {"expert", "researcher", "professor", "economist", "historian"},
    "cleric": {"priest", "bishop", "archbishop", "imam", "patriarch"},
}  # fmt: skip
"""General words for a person, and the offices they may stand for."""

DOMAINS = frozenset(
    "state defence defense foreign affairs interior justice finance energy economy trade health culture the and".split()
)
"""Words that belong to an office after its "of" ("Secretary of State", "minister of foreign affairs")."""

COMMON = frozenset(
    """
the a an this that these those he she it they we i you who what which when where why how and but or nor so yet for if
although though while after before as because since until unless once even still then thus hence however moreover
furthermore meanwhile indeed instead perhaps possibly also not no yes in on at by of to from with without about over
under during between among against despite according earlier later today yesterday tomorrow now here there his her its
their our my your one two three four five six seven eight nine ten many most some several few all both each every any
another other such only just more less first second third last next monday tuesday wednesday thursday friday saturday
sunday january february march april may june july august september october november december hypothetically secondly
understandably additionally either neither further should would could will can must might was were is are has had have
do does did be been being it's he's she's let there's that's we're we've i'm i've i'll don't doesn't source quite aware
average tens photo q opposition rival security protest belt mr mrs ms dr asked speaking judging nobody everybody
everyone nothing something anyone back out up down off above below near far soon often always never almost nearly
about around like unlike besides beside beyond except per via two-thirds half dozens hundreds thousands millions
""".split()
)
"""Words that begin a sentence with a capital without being a name."""
