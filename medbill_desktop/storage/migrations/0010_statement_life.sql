-- Statements held, sent again, returned by the post.
ALTER TABLE statement ADD COLUMN drawn BLOB;
ALTER TABLE statement ADD COLUMN returned_on TEXT CHECK (returned_on IS NULL OR (mailed_on IS NOT NULL AND returned_on >= mailed_on));
ALTER TABLE statement ADD COLUMN return_settled_on TEXT CHECK (return_settled_on IS NULL OR returned_on IS NOT NULL);
CREATE INDEX statement_returned ON statement (returned_on) WHERE returned_on IS NOT NULL;
CREATE TRIGGER statement_as_mailed BEFORE UPDATE OF number, content, drawn, total_cents, step ON statement WHEN OLD.mailed_on IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'a mailed statement stays as it was sent'); END;
CREATE TABLE statement_hold (
  id INTEGER PRIMARY KEY, guarantor_id INTEGER NOT NULL REFERENCES guarantor (id), charge_id INTEGER REFERENCES charge (id),
  reason TEXT NOT NULL CHECK (reason <> ''), until_on TEXT NOT NULL, made_by INTEGER NOT NULL, made_at TEXT NOT NULL,
  released_on TEXT, released_by INTEGER, CHECK ((released_on IS NULL) = (released_by IS NULL))
) STRICT;
CREATE INDEX statement_hold_guarantor ON statement_hold (guarantor_id) WHERE released_on IS NULL;
CREATE TABLE mail_wish (
  guarantor_id INTEGER PRIMARY KEY REFERENCES guarantor (id), language TEXT NOT NULL DEFAULT 'en' CHECK (language = 'en' OR language = 'es'),
  large_print INTEGER NOT NULL DEFAULT 0 CHECK (large_print = 0 OR large_print = 1), to_estate INTEGER NOT NULL DEFAULT 0 CHECK (to_estate = 0 OR to_estate = 1),
  set_by INTEGER NOT NULL, set_at TEXT NOT NULL
) STRICT;
