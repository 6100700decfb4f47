-- +goose Up
-- E-mail addresses are compared in NFC. Of two accounts that differ only in that, the one in NFC, or else the older one, has the
-- address; the other stays as it is. The server defines nfc().
UPDATE users SET email_folded = nfc(email_folded) WHERE email_folded <> nfc(email_folded) AND NOT EXISTS (
  SELECT 1 FROM users o WHERE o.id <> users.id AND nfc(o.email_folded) = nfc(users.email_folded)
    AND (o.email_folded = nfc(o.email_folded) OR o.id < users.id));
UPDATE invitations SET email_folded = nfc(email_folded) WHERE email_folded <> nfc(email_folded);

-- +goose Down
SELECT 1;
