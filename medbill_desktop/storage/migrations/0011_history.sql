-- Ledger history that came from another system.
CREATE TABLE ledger_import (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind = 'history' OR kind = 'balances'), source TEXT NOT NULL, sha256 TEXT NOT NULL,
  row_count INTEGER NOT NULL CHECK (row_count > 0), charges INTEGER NOT NULL, zero_charges INTEGER NOT NULL, charged_cents INTEGER NOT NULL,
  paid_cents INTEGER NOT NULL, adjusted_cents INTEGER NOT NULL, first_day TEXT NOT NULL, last_day TEXT NOT NULL, command_id INTEGER NOT NULL UNIQUE,
  made_by INTEGER NOT NULL REFERENCES user (id), made_at TEXT NOT NULL, undone_by INTEGER REFERENCES user (id), undone_at TEXT,
  CHECK ((undone_at IS NULL) = (undone_by IS NULL))
) STRICT;
CREATE TABLE ledger_import_row (
  id INTEGER PRIMARY KEY, import_id INTEGER NOT NULL REFERENCES ledger_import (id), source_ref TEXT NOT NULL, line INTEGER NOT NULL,
  kind TEXT NOT NULL, claim_ref TEXT NOT NULL DEFAULT '', charge_id INTEGER REFERENCES charge (id), payment_id INTEGER REFERENCES payment (id),
  live INTEGER NOT NULL DEFAULT 1 CHECK (live = 0 OR live = 1)
) STRICT;
CREATE UNIQUE INDEX ledger_import_row_once ON ledger_import_row (source_ref) WHERE live = 1;
CREATE INDEX ledger_import_row_import ON ledger_import_row (import_id);
CREATE INDEX ledger_import_row_claim ON ledger_import_row (claim_ref) WHERE claim_ref <> '';
CREATE TRIGGER ledger_import_no_delete BEFORE DELETE ON ledger_import BEGIN SELECT RAISE(ABORT, 'an import is undone, never deleted'); END;
CREATE TRIGGER ledger_import_undone_once BEFORE UPDATE ON ledger_import WHEN OLD.undone_at IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'an import is undone once'); END;
CREATE TRIGGER ledger_import_row_no_delete BEFORE DELETE ON ledger_import_row
  BEGIN SELECT RAISE(ABORT, 'a row of an import stays'); END;
CREATE TRIGGER ledger_import_row_as_came BEFORE UPDATE OF id, import_id, source_ref, line, kind, claim_ref, charge_id, payment_id ON ledger_import_row
  BEGIN SELECT RAISE(ABORT, 'a row of an import stays as it came'); END;
-- Money of another system lies on deposits of its own, which that system closed; its payments may be undone with their import.
ALTER TABLE deposit ADD COLUMN import_id INTEGER REFERENCES ledger_import (id);
DROP TRIGGER payment_frozen;
CREATE TRIGGER payment_frozen BEFORE UPDATE OF deposit_id, voided_at ON payment
  WHEN (SELECT closed_on FROM deposit WHERE id = OLD.deposit_id AND import_id IS NULL) IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'the deposit of this payment is closed'); END;
