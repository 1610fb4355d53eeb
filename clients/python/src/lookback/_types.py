"""The service's schemas, written by generate.py: not to be edited."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from typing_extensions import NotRequired, TypedDict


class Task(TypedDict):
    type: NotRequired[Literal['binary-digits']]
    base: NotRequired[int]
    order: NotRequired[int]


class Task1(TypedDict):
    type: Literal['parity']
    order: NotRequired[int]


class Task2(TypedDict):
    type: Literal['echo']
    lag: NotRequired[int]
    symbols: NotRequired[int]


class Task3(TypedDict):
    type: Literal['adding']
    length: NotRequired[int]
    classes: NotRequired[int]


class Task4(TypedDict):
    type: Literal['temporal-order']
    length: NotRequired[int]
    places: NotRequired[Literal[2, 3]]


class Task5(TypedDict):
    type: Literal['reber']


class Task6(TypedDict):
    type: Literal['dataset']
    dataset: str


class Split(TypedDict):
    train: NotRequired[float]
    validation: NotRequired[float]
    test: NotRequired[float]
    by: NotRequired[Literal['random', 'order']]


class Data(TypedDict):
    batchSize: NotRequired[int]
    sequenceLength: NotRequired[int]
    layout: NotRequired[Literal['batch-major', 'time-major']]
    rows: NotRequired[Literal['independent', 'lanes', 'flat']]
    split: NotRequired[Split]
    standardize: NotRequired[bool]
    unknown: NotRequired[Literal['refuse', 'unk']]


Unit: TypeAlias = int


class Model(TypedDict):
    type: NotRequired[Literal['lstm']]
    layers: NotRequired[int]
    units: NotRequired[int | list[Unit]]
    forgetBias: NotRequired[float]


class EarlyStopping(TypedDict):
    patience: NotRequired[int]
    minDelta: NotRequired[float]


ClassWeight: TypeAlias = float


class Keep(TypedDict):
    last: NotRequired[int]
    best: NotRequired[int]
    every: NotRequired[int]


class Training(TypedDict):
    steps: NotRequired[int]
    reportEvery: NotRequired[int]
    checkpointEvery: NotRequired[int]
    seed: NotRequired[int]
    epochs: NotRequired[int]
    evaluateEvery: NotRequired[int]
    earlyStopping: NotRequired[EarlyStopping]
    classWeights: NotRequired[Literal['balanced'] | list[ClassWeight]]
    keep: NotRequired[Keep]


class Limits(TypedDict):
    maxSeconds: NotRequired[float]
    maxMemoryMiB: NotRequired[int]


class InitFrom(TypedDict):
    job: NotRequired[str]
    model: NotRequired[str]
    checkpoint: NotRequired[Literal['latest', 'best'] | int]
    sha256: NotRequired[str]
    takes: NotRequired[list[Literal['model', 'data.split', 'training.seed']]]


class Optimizer(TypedDict):
    type: NotRequired[Literal['sgd']]
    learningRate: NotRequired[float]
    clipNorm: NotRequired[float | None]


class Optimizer1(TypedDict):
    type: Literal['momentum']
    learningRate: NotRequired[float]
    momentum: NotRequired[float]
    nesterov: NotRequired[bool]
    clipNorm: NotRequired[float | None]


class Optimizer2(TypedDict):
    type: Literal['rmsprop']
    learningRate: NotRequired[float]
    decay: NotRequired[float]
    momentum: NotRequired[float]
    epsilon: NotRequired[float]
    centered: NotRequired[bool]
    clipNorm: NotRequired[float | None]


class Optimizer3(TypedDict):
    type: NotRequired[Literal['adam']]
    learningRate: NotRequired[float]
    beta1: NotRequired[float]
    beta2: NotRequired[float]
    epsilon: NotRequired[float]
    clipNorm: NotRequired[float | None]


class Optimizer4(TypedDict):
    type: Literal['adagrad']
    learningRate: NotRequired[float]
    initialAccumulator: NotRequired[float]
    epsilon: NotRequired[float]
    clipNorm: NotRequired[float | None]


class JobSpecInput(TypedDict):
    name: NotRequired[str]
    preset: NotRequired[Literal['broken', 'working', 'lookback']]
    task: NotRequired[Task | Task1 | Task2 | Task3 | Task4 | Task5 | Task6]
    data: NotRequired[Data]
    model: NotRequired[Model]
    training: NotRequired[Training]
    limits: NotRequired[Limits]
    basedOn: NotRequired[str]
    initFrom: NotRequired[InitFrom]
    engine: NotRequired[Literal['auto', 'simd', 'tensorflow']]
    diagnose: NotRequired[bool | Literal['quick', 'full']]
    optimizer: NotRequired[
        Optimizer | Optimizer1 | Optimizer2 | Optimizer3 | Optimizer4
    ]


Sequence: TypeAlias = list[float | str | list[Any] | None]


class PredictRequestInput(TypedDict):
    job: NotRequired[str]
    model: NotRequired[str]
    checkpoint: NotRequired[Literal['latest', 'best'] | int]
    sequences: list[Sequence]
    at: NotRequired[Literal['every-step', 'end']]
    initialState: NotRequired[Literal['trained', 'zero']]
    probabilities: NotRequired[bool]
    topK: NotRequired[int]


class Canary(TypedDict):
    job: NotRequired[str]
    checkpoint: Literal['latest', 'best'] | int
    share: float


class AliasTargetInput(TypedDict):
    job: str
    checkpoint: NotRequired[Literal['latest', 'best'] | int]
    canary: NotRequired[Canary | None]


StepItem: TypeAlias = int


Step: TypeAlias = list[StepItem]


class ExplainRequestInput(TypedDict):
    job: NotRequired[str]
    model: NotRequired[str]
    checkpoint: NotRequired[Literal['latest', 'best'] | int]
    sequences: list[Sequence]
    steps: NotRequired[list[Step]]
    lags: NotRequired[int]
    replacements: NotRequired[int]
    seed: NotRequired[int]
    initialState: NotRequired[Literal['trained', 'zero']]


class EvaluationRequestInput(TypedDict):
    dataset: str
    checkpoint: NotRequired[Literal['latest', 'best'] | int]


class SessionRequestInput(TypedDict):
    job: NotRequired[str]
    model: NotRequired[str]
    checkpoint: NotRequired[Literal['latest', 'best'] | int]
    initialState: NotRequired[Literal['trained', 'zero']]


class SessionStepsInput(TypedDict):
    steps: list[float | str | list[Any] | None]
    after: NotRequired[int]


class Task7(TypedDict):
    type: Literal['binary-digits']
    base: int
    order: int


class Task8(TypedDict):
    type: Literal['parity']
    order: int


class Task9(TypedDict):
    type: Literal['echo']
    lag: int
    symbols: int


class Task10(TypedDict):
    type: Literal['adding']
    length: int
    classes: int


class Task11(TypedDict):
    type: Literal['temporal-order']
    length: int
    places: Literal[2, 3]


class Task12(TypedDict):
    type: Literal['reber']


class Task13(TypedDict):
    type: Literal['dataset']
    dataset: str


class Split1(TypedDict):
    train: float
    validation: float
    test: float
    by: NotRequired[Literal['random', 'order']]


class Data1(TypedDict):
    batchSize: int
    sequenceLength: int
    layout: Literal['batch-major', 'time-major']
    rows: Literal['independent', 'lanes', 'flat']
    split: NotRequired[Split1]
    standardize: NotRequired[bool]
    unknown: NotRequired[Literal['refuse', 'unk']]


class Model1(TypedDict):
    type: Literal['lstm']
    layers: int
    units: int | list[Unit]
    forgetBias: float


class Optimizer5(TypedDict):
    type: Literal['sgd']
    learningRate: float
    clipNorm: float | None


class Optimizer6(TypedDict):
    type: Literal['momentum']
    learningRate: float
    momentum: float
    nesterov: bool
    clipNorm: float | None


class Optimizer7(TypedDict):
    type: Literal['rmsprop']
    learningRate: float
    decay: float
    momentum: float
    epsilon: float
    centered: bool
    clipNorm: float | None


class Optimizer8(TypedDict):
    type: Literal['adam']
    learningRate: float
    beta1: float
    beta2: float
    epsilon: float
    clipNorm: float | None


class Optimizer9(TypedDict):
    type: Literal['adagrad']
    learningRate: float
    initialAccumulator: float
    epsilon: float
    clipNorm: float | None


class EarlyStopping1(TypedDict):
    patience: int
    minDelta: float


class Keep1(TypedDict):
    last: int
    best: int
    every: NotRequired[int]


class Training1(TypedDict):
    steps: int
    reportEvery: int
    checkpointEvery: int
    seed: int
    epochs: NotRequired[int]
    evaluateEvery: NotRequired[int]
    earlyStopping: NotRequired[EarlyStopping1]
    classWeights: NotRequired[Literal['balanced'] | list[ClassWeight]]
    keep: NotRequired[Keep1]


class JobSpec(TypedDict):
    name: NotRequired[str]
    preset: NotRequired[Literal['broken', 'working', 'lookback']]
    task: Task7 | Task8 | Task9 | Task10 | Task11 | Task12 | Task13
    data: Data1
    model: Model1
    optimizer: Optimizer5 | Optimizer6 | Optimizer7 | Optimizer8 | Optimizer9
    training: Training1
    limits: NotRequired[Limits]
    basedOn: NotRequired[str]
    initFrom: NotRequired[InitFrom]
    engine: Literal['auto', 'simd', 'tensorflow']
    diagnose: bool | Literal['quick', 'full']


class JobError(TypedDict):
    category: Literal['user', 'data', 'capacity', 'infrastructure', 'bug']
    code: str
    message: str


class EngineUsed(TypedDict):
    name: Literal['simd', 'tensorflow']
    reason: str
    threads: int


class ExportOf(TypedDict):
    job: str
    step: int


class Imported(TypedDict):
    format: Literal['tfjs', 'keras', 'safetensors']
    sha256: str
    bytes: int
    exportOf: ExportOf | None
    inputs: Literal['file', 'request', 'default']
    labels: Literal['file', 'request', 'default']
    at: NotRequired[Literal['file', 'request', 'default']]
    ignored: list[str]


JobStatus: TypeAlias = Literal[
    'queued',
    'running',
    'pausing',
    'paused',
    'cancelling',
    'cancelled',
    'succeeded',
    'failed',
]


class WaitingFor(TypedDict):
    reason: Literal['redis', 'worker', 'engine', 'queue', 'retry', 'room']
    message: str
    until: NotRequired[str]


class Job(TypedDict):
    id: str
    name: str | None
    status: JobStatus
    spec: JobSpec | None
    engine: EngineUsed | None
    attempt: int
    step: int
    steps: int
    loss: float | None
    accuracy: float | None
    stepsPerSecond: float | None
    etaSeconds: float | None
    retryAt: str | None
    createdAt: str
    startedAt: str | None
    finishedAt: str | None
    error: JobError | None
    trainedSeconds: float
    diagnosedSeconds: float | None
    diskBytes: int | None
    checkpointStep: int | None
    imported: Imported | None
    waitingFor: WaitingFor | None


class Optimum(TypedDict):
    loss: float
    accuracy: float
    formula: str


class Chance(TypedDict):
    loss: float
    accuracy: float


class Example(TypedDict):
    spec: dict[str, Any]
    withinNats: float


class Sample(TypedDict):
    inputs: list[float | list[float]]
    labels: list[int | None]


class Task14(TypedDict):
    type: str
    title: str
    description: str
    citation: str
    schema: dict[str, Any]
    optimum: Optimum
    chance: Chance
    span: int
    example: Example
    sample: Sample


class Error(TypedDict):
    path: str
    message: str
    rule: NotRequired[Literal['between-fields', 'unknown-id']]


class Problem(TypedDict):
    type: str
    title: str
    status: int
    detail: str
    instance: NotRequired[str]
    code: str
    errors: NotRequired[list[Error]]


class Checkpoint(TypedDict):
    step: int
    sha256: str


class Canary1(TypedDict):
    job: str
    checkpoint: Checkpoint
    share: float


class Alias(TypedDict):
    name: str
    job: str
    checkpoint: Checkpoint
    canary: Canary1 | None
    version: int
    at: str


class ChangedJob(TypedDict):
    id: str
    outcome: Literal['cancelled', 'cancelling', 'removed']


class Preset(TypedDict):
    name: str
    description: str
    spec: JobSpec


class Checkpoint2(TypedDict):
    step: int
    loss: float | None
    heldOutLoss: float | None
    sha256: str
    bytes: int
    createdAt: str


HistogramItem = TypedDict(
    'HistogramItem',
    {
        'from': int,
        'to': int,
        'sequences': int,
    },
    closed=True,
)


class Lengths(TypedDict):
    shortest: int
    longest: int
    mean: float
    histogram: list[HistogramItem]


class Feature(TypedDict):
    name: str | None
    min: float | None
    max: float | None
    mean: float | None
    std: float | None
    missing: int


class Inputs(TypedDict):
    kind: Literal['numbers']
    features: list[Feature]


class Inputs1(TypedDict):
    kind: Literal['strings']
    vocabulary: list[str]
    counts: list[int]


class Labels(TypedDict):
    names: list[int | str]
    counts: list[int]
    balance: float
    at: Literal['every-step', 'end']


class DatasetSheet(TypedDict):
    id: str
    name: str | None
    format: Literal['ndjson', 'csv']
    createdAt: str
    bytes: int
    sequences: int
    steps: int
    labelled: int
    lengths: Lengths
    inputs: Inputs | Inputs1
    labels: Labels


class PreviewSequence(TypedDict):
    length: int
    x: list[float | None] | list[list[float | None]] | list[str]
    y: list[int | str | None] | int | str


class PatchItem(TypedDict):
    op: Literal['replace', 'add']
    path: str
    value: str | float | dict[str, float]


class Finding(TypedDict):
    code: Literal[
        'axes-swapped',
        'label-outside-row',
        'label-depends-on-future',
        'rows-too-short',
        'constant-label',
        'constant-feature',
        'duplicate-feature',
        'class-imbalance',
        'class-missing-in-split',
        'duplicate-across-splits',
        'labels-unrelated-to-inputs',
        'overfits-training',
        'underfits-training',
        'unstable-training',
        'training-diverged',
        'stopped-while-improving',
        'learning-rate-too-low',
        'streams-interleaved',
        'label-among-inputs',
        'overlapping-sequences',
        'sentinel-value',
        'outlying-value',
        'feature-counts-time',
        'mostly-missing-feature',
        'features-hold-time',
        'labels-alike',
        'drift-between-splits',
    ]
    severity: Literal['info', 'warning', 'error']
    message: str
    evidence: dict[str, float | bool | str | list[float] | list[str]]
    patch: NotRequired[list[PatchItem]]


class DepthEntropy(TypedDict):
    depth: int
    nats: float
    bestAccuracy: float
    source: NotRequired[Literal['counted', 'probe']]
    standardError: NotRequired[float]


class DoctorReport(TypedDict):
    depth: NotRequired[Literal['quick', 'full']]
    order: int
    depthExamined: int
    sampled: bool
    steps: int
    featuresUsed: NotRequired[list[int]]
    featuresProbed: NotRequired[list[int]]
    binned: NotRequired[bool]
    entropies: list[DepthEntropy]
    judgedEntropies: NotRequired[list[DepthEntropy]]
    leastProvable: NotRequired[float]
    floor: NotRequired[float]
    findings: list[Finding]


class UsesPast(TypedDict):
    values: int
    low: int
    high: int
    atLeast: bool
    gain: float


class Comparison(TypedDict):
    job: str
    loss: float
    difference: float
    standardError: float
    paired: NotRequired[bool]


class Statement(TypedDict):
    codes: list[
        Literal[
            'no-labels',
            'too-few-labels',
            'nothing-to-learn',
            'learned-nothing',
            'cannot-tell',
            'uses-no-past',
            'gains-nothing-from-past',
            'uses-past',
            'uses-past-at-least',
            'past-not-measured',
            'present-value-alone',
            'information-there-is',
            'lowest-known',
            'below-counting',
            'more-is-known',
            'best-checkpoint',
            'started-from',
            'class-weights',
            'trained-before',
            'not-trained-before',
            'compared-better',
            'compared-worse',
            'compared-as-good',
            'axes-swapped',
            'label-outside-row',
            'rows-too-short',
            'label-depends-on-future',
            'drift-between-splits',
            'class-missing-in-split',
            'judged-on-validation',
            'few-labels',
        ]
    ]
    text: str


class Checkpoint3(TypedDict):
    step: int
    sha256: str


class Reachable(TypedDict):
    nats: float
    source: Literal['proven', 'counted', 'probe', 'model']


class StartedFrom(TypedDict):
    step: int
    sha256: str
    job: str


class WithoutClassWeights(TypedDict):
    loss: float
    standardError: NotRequired[float]


class HeldOut(TypedDict):
    loss: float
    standardError: NotRequired[float]
    accuracy: float
    accuracyStandardError: NotRequired[float]
    steps: int
    part: NotRequired[Literal['test', 'validation']]
    sequences: NotRequired[int]
    sequencesInPart: NotRequired[int]


class MemoryItem(TypedDict):
    past: int
    loss: float
    standardError: NotRequired[float]


class InfluenceItem(TypedDict):
    lag: int
    nats: float


PerClassItem = TypedDict(
    'PerClassItem',
    {
        'class': int,
        'label': NotRequired[str | float],
        'steps': int,
        'loss': float,
        'accuracy': float,
    },
    closed=True,
)


class PerPositionItem(TypedDict):
    position: int
    steps: int
    loss: float
    accuracy: float


class CalibrationItem(TypedDict):
    confidence: float
    accuracy: float
    steps: int


class Report(TypedDict):
    verdict: str
    statements: NotRequired[list[Statement]]
    checkpoint: NotRequired[Checkpoint3]
    order: int
    informationUsed: float
    reachable: NotRequired[Reachable]
    floor: NotRequired[float]
    startedFrom: NotRequired[StartedFrom]
    comparison: NotRequired[Comparison]
    withoutClassWeights: NotRequired[WithoutClassWeights]
    heldOut: HeldOut
    memory: NotRequired[list[MemoryItem]]
    usesPast: NotRequired[UsesPast]
    influence: list[InfluenceItem]
    bitsPerSymbol: NotRequired[float]
    perplexity: NotRequired[float]
    labels: NotRequired[list[str | float]]
    features: NotRequired[list[str]]
    perClass: list[PerClassItem]
    perPosition: list[PerPositionItem]
    confusion: list[list[int]]
    calibrationError: float
    calibration: NotRequired[list[CalibrationItem]]
    baselines: list[DepthEntropy]
    effectiveMemory: int
    findings: list[Finding]


class ReportSummary(TypedDict):
    verdict: str
    statements: NotRequired[list[Statement]]
    checkpoint: NotRequired[Checkpoint3]
    order: int
    informationUsed: float
    reachable: NotRequired[Reachable]
    floor: NotRequired[float]
    startedFrom: NotRequired[StartedFrom]
    comparison: NotRequired[Comparison]
    withoutClassWeights: NotRequired[WithoutClassWeights]
    heldOut: HeldOut
    memory: NotRequired[list[MemoryItem]]
    usesPast: NotRequired[UsesPast]
    influence: list[InfluenceItem]
    bitsPerSymbol: NotRequired[float]
    perplexity: NotRequired[float]
    calibrationError: float
    baselines: list[DepthEntropy]
    effectiveMemory: int
    findings: list[Finding]


class Data2(TypedDict):
    status: JobStatus
    attempt: int
    reason: NotRequired[str]
    error: NotRequired[JobError]
    cause: NotRequired[JobError]
    retryAt: NotRequired[str]


class JobEvent1(TypedDict):
    id: int
    at: str
    type: Literal['status']
    data: Data2


class Data3(TypedDict):
    step: int
    steps: int
    loss: float
    accuracy: float
    stepsPerSecond: float


class JobEvent2(TypedDict):
    id: int
    at: str
    type: Literal['progress']
    data: Data3


class Data4(TypedDict):
    step: int
    loss: float
    sha256: str


class JobEvent3(TypedDict):
    id: int
    at: str
    type: Literal['checkpoint']
    data: Data4


class Data5(TypedDict):
    step: int
    loss: float
    accuracy: float
    improved: bool


class JobEvent4(TypedDict):
    id: int
    at: str
    type: Literal['evaluation']
    data: Data5


class JobEvent5(TypedDict):
    id: int
    at: str
    type: Literal['doctor']
    data: DoctorReport


class JobEvent6(TypedDict):
    id: int
    at: str
    type: Literal['report']
    data: ReportSummary


JobEvent: TypeAlias = (
    JobEvent1 | JobEvent2 | JobEvent3 | JobEvent4 | JobEvent5 | JobEvent6
)


class UnavailableItem(TypedDict):
    engine: Literal['simd', 'tensorflow']
    reason: str


class Worker(TypedDict):
    id: str
    engines: list[Literal['simd', 'tensorflow']]
    loading: list[Literal['simd', 'tensorflow']]
    unavailable: list[UnavailableItem]
    cores: int
    job: str | None
    startedAt: str


class Health(TypedDict):
    status: Literal['ok']


class Workers(TypedDict):
    count: int
    busy: int
    engines: list[str]


class Warning(TypedDict):
    code: Literal[
        'no_worker', 'redis_refuses', 'redis_unfit', 'redis_evicts', 'redis_forgets'
    ]
    message: str


class Readiness(TypedDict):
    status: Literal['ok']
    queued: int
    demand: int
    workers: Workers
    warnings: list[Warning]


class Model2(TypedDict):
    parameters: int


class Estimate(TypedDict):
    flops: float
    bytes: float
    diskBytes: float
    seconds: float


class Engine(TypedDict):
    name: Literal['simd', 'tensorflow']
    reason: str


class Validation(TypedDict):
    spec: JobSpec
    model: Model2
    estimate: Estimate
    engine: Engine
    doctor: DoctorReport | None


TopClass = TypedDict(
    'TopClass',
    {
        'class': int,
        'label': NotRequired[str | float],
        'probability': float,
    },
    closed=True,
)


class Predictions(TypedDict):
    classes: list[int]
    labels: NotRequired[list[str | float]]
    probabilities: NotRequired[list[list[float]]]
    top: NotRequired[list[list[TopClass]]]


Predictions1 = TypedDict(
    'Predictions1',
    {
        'class': int,
        'label': NotRequired[str | float],
        'probabilities': NotRequired[list[float]],
        'top': NotRequired[list[TopClass]],
    },
    closed=True,
)


class Prediction(TypedDict):
    job: str
    model: NotRequired[str]
    checkpoint: Checkpoint3
    predictions: list[Predictions | Predictions1]


class InputInfluence(TypedDict):
    step: int
    lag: int
    nats: float
    standardError: float | None


Explanation = TypedDict(
    'Explanation',
    {
        'sequence': int,
        'step': int,
        'class': int,
        'probability': float,
        'inputs': list[InputInfluence],
    },
    closed=True,
)


class Explanations(TypedDict):
    job: str
    model: NotRequired[str]
    checkpoint: Checkpoint3
    drawnFrom: Literal['dataset', 'task', 'request']
    replacements: int
    exhaustive: bool
    explanations: list[Explanation]


class Evaluated(TypedDict):
    heldOut: HeldOut
    memory: NotRequired[list[MemoryItem]]
    usesPast: NotRequired[UsesPast]
    influence: list[InfluenceItem]
    bitsPerSymbol: NotRequired[float]
    perplexity: NotRequired[float]
    labels: NotRequired[list[str | float]]
    features: NotRequired[list[str]]
    perClass: list[PerClassItem]
    perPosition: list[PerPositionItem]
    confusion: list[list[int]]
    calibrationError: float
    calibration: NotRequired[list[CalibrationItem]]
    job: str
    checkpoint: Checkpoint3
    dataset: str


class Session(TypedDict):
    id: str
    job: str
    model: NotRequired[str]
    checkpoint: Checkpoint3
    steps: int
    createdAt: str
    expiresAt: str


Prediction1 = TypedDict(
    'Prediction1',
    {
        'class': int,
        'label': NotRequired[str | float],
        'probabilities': NotRequired[list[float]],
        'top': NotRequired[list[TopClass]],
    },
    closed=True,
)


class SessionPredictions(TypedDict):
    id: str
    job: str
    model: NotRequired[str]
    checkpoint: Checkpoint3
    steps: int
    predictions: list[Prediction1]
