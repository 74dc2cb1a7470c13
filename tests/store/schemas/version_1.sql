-- The schema of version 1, as the commit 94070da had it.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- The snapshot ---------------------------------------------------------------------------------------------------
CREATE TABLE file (
    path TEXT PRIMARY KEY,
    blob TEXT NOT NULL,         -- git's blob id, or `sha:` and a hash of the bytes where git has none
    size INTEGER NOT NULL,
    language TEXT NOT NULL,
    skipped TEXT NOT NULL,      -- why it was left out, empty when it was not
    fallback TEXT NOT NULL
) STRICT;

CREATE TABLE chunk (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL REFERENCES file (path) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    start_byte INTEGER NOT NULL, end_byte INTEGER NOT NULL,
    kind TEXT NOT NULL, module TEXT NOT NULL,
    symbols TEXT NOT NULL,      -- JSON array of qualified names
    tokens INTEGER NOT NULL,
    content_id TEXT NOT NULL,
    enclosing TEXT NOT NULL,
    head INTEGER NOT NULL DEFAULT -1,           -- -1 until a plan gives it one
    value REAL NOT NULL DEFAULT 0,
    text TEXT NOT NULL, outline TEXT NOT NULL,  -- secrets redacted
    redacted INTEGER NOT NULL
) STRICT;
CREATE INDEX chunk_path ON chunk (path);
CREATE INDEX chunk_content ON chunk (content_id);

CREATE TABLE symbol (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL REFERENCES file (path) ON DELETE CASCADE,
    name TEXT NOT NULL, qualified TEXT NOT NULL, kind TEXT NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    start_byte INTEGER NOT NULL, end_byte INTEGER NOT NULL,
    signature TEXT NOT NULL, doc TEXT NOT NULL, container TEXT NOT NULL,
    rank REAL NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX symbol_name ON symbol (name);
CREATE INDEX symbol_path ON symbol (path);

CREATE TABLE reference (
    name TEXT NOT NULL,
    path TEXT NOT NULL REFERENCES file (path) ON DELETE CASCADE,
    line INTEGER NOT NULL,
    kind TEXT NOT NULL
) STRICT;
CREATE INDEX reference_name ON reference (name);
CREATE INDEX reference_path ON reference (path);

-- The ledger -----------------------------------------------------------------------------------------------------
CREATE TABLE step (
    id INTEGER PRIMARY KEY,
    head INTEGER NOT NULL,
    kind TEXT NOT NULL, chunk TEXT NOT NULL, path TEXT NOT NULL, depth TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL, generated_tokens INTEGER NOT NULL, seconds REAL NOT NULL,
    redacted INTEGER NOT NULL, failed INTEGER NOT NULL,
    model TEXT NOT NULL, at REAL NOT NULL
) STRICT;

-- Which contents have been read, how deeply and by which model: what makes a second index free.
CREATE TABLE reading (
    content_id TEXT NOT NULL, depth TEXT NOT NULL, model TEXT NOT NULL,
    step INTEGER NOT NULL REFERENCES step (id),
    PRIMARY KEY (content_id, depth, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
    id INTEGER PRIMARY KEY,
    step INTEGER NOT NULL REFERENCES step (id),
    head INTEGER NOT NULL, level INTEGER NOT NULL,
    anchor TEXT NOT NULL, path TEXT NOT NULL, text TEXT NOT NULL,
    tokens INTEGER NOT NULL, depth TEXT NOT NULL, value REAL NOT NULL,
    retired_by INTEGER REFERENCES step (id),    -- NULL while it is live
    checksum INTEGER NOT NULL                   -- CRC-32 of `text`
) STRICT;
CREATE INDEX note_live ON note (head) WHERE retired_by IS NULL;
CREATE INDEX note_step ON note (step);

CREATE TABLE note_chunk (
    note INTEGER NOT NULL REFERENCES note (id) ON DELETE CASCADE,
    content_id TEXT NOT NULL,
    PRIMARY KEY (note, content_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX note_chunk_content ON note_chunk (content_id);

-- Conversations --------------------------------------------------------------------------------------------------
CREATE TABLE turn (
    id INTEGER PRIMARY KEY,
    session TEXT NOT NULL,
    question TEXT NOT NULL, answer TEXT NOT NULL,
    result TEXT NOT NULL,       -- JSON, as `ask --json` prints it
    at REAL NOT NULL
) STRICT;
CREATE INDEX turn_session ON turn (session);

-- Full text, split into words beforehand (words.py) -----------------------------------------------------------------
CREATE VIRTUAL TABLE note_words USING fts5 (words, tokenize = 'porter unicode61');
CREATE VIRTUAL TABLE symbol_words USING fts5 (words, tokenize = 'porter unicode61');
CREATE VIRTUAL TABLE source_words USING fts5 (words, tokenize = 'porter unicode61');
