-- +goose Up
-- E-mail addresses are compared in NFC. Of two accounts that differ only in that, the one in NFC, or else the older one, has the
-- address; the other stays as it is.
UPDATE users SET email_folded = normalize(email_folded, NFC) WHERE email_folded <> normalize(email_folded, NFC) AND NOT EXISTS (
  SELECT 1 FROM users o WHERE o.id <> users.id AND normalize(o.email_folded, NFC) = normalize(users.email_folded, NFC)
    AND (o.email_folded = normalize(o.email_folded, NFC) OR o.id < users.id));
UPDATE invitations SET email_folded = normalize(email_folded, NFC) WHERE email_folded <> normalize(email_folded, NFC);

-- +goose Down
SELECT 1;
