package main

import (
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/internal/store"
)

// part is one table of an organisation, and the statement that adds some of its rows: those whose
// numbers g are in SERIES.
type part struct {
	table string
	rows  int
	text  string
}

// The shares are such that some values of each filter are had by few rows and others by many.
const (
	usersText = `INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, role, status, password_hash, password_changed_at, created_at, disabled_at, last_sign_in_at, second_factor)
		SELECT 'TENANT', 'u' || g, 'person' || g || '@example.com', 'person' || g || '@example.com', 'Person', 'No' || g,
		CASE WHEN g = 1 THEN 'owner' WHEN g % 2000 = 0 THEN 'admin' ELSE 'member' END,
		CASE WHEN g % 5000 = 0 THEN 'closed' WHEN g % 50 = 0 THEN 'disabled' WHEN g % 100 = 1 THEN 'invited' ELSE 'active' END,
		'', 0, WHEN, 0, WHEN, CASE WHEN g % 3 = 0 THEN 'strong' WHEN g % 10 = 1 THEN 'weak' ELSE 'none' END FROM SERIES AS n`
	wordsText = `INSERT INTO user_words (tenant_id, word, user_id)
		SELECT 'TENANT', w, 'u' || g FROM SERIES AS n CROSS JOIN (SELECT 'person' AS w UNION ALL SELECT 'example') AS words
		UNION ALL SELECT 'TENANT', 'person' || g, 'u' || g FROM SERIES AS n`
	membersText = `INSERT INTO group_members (tenant_id, group_id, user_id, added_at)
		SELECT 'TENANT', 'many', 'u' || g, 0 FROM SERIES AS n WHERE g % 10 = 0 UNION ALL SELECT 'TENANT', 'few', 'u' || g, 0 FROM SERIES AS n WHERE g <= 20`
	sessionsText = `INSERT INTO sessions (tenant_id, id, user_id, device_id, token_hash, status, device_type, device_info, ip_address, ip_bytes, user_agent, location, created_at, expires_at, idle_us,
		last_activity_at, ends_at, authenticated_at, mfa_verified_at, terminated_at, terminated_by, termination_reason)
		SELECT 'TENANT', 's' || g, 'u' || (g % USERS + 1), 'd' || (g % DEVICES + 1), HASH,
		CASE WHEN g % 20000 = 0 THEN 'suspended' WHEN g % 10 < 2 THEN 'active' WHEN g % 10 = 3 THEN 'revoked' WHEN g % 10 < 6 THEN 'terminated' ELSE 'expired' END,
		CASE WHEN g % 200 = 0 THEN 'unknown' WHEN g % 20 = 1 THEN 'tablet' WHEN g % 3 = 0 THEN 'mobile' ELSE 'desktop' END,
		'{}', '192.0.2.1', ADDRESS, '', '{}', WHEN, WHEN, 0, WHEN + g % 1000000, WHEN, WHEN, 0, 0, '', '' FROM SERIES AS n`
	devicesText = `INSERT INTO devices (tenant_id, id, user_id, token_hash, name, info, trust_level, status, last_used_at, last_ip, last_location, compromised_at, compromised_reason, created_at, ip_bytes)
		SELECT 'TENANT', 'd' || g, 'u' || (g % USERS + 1), HASH, '', '{}', CASE WHEN g % 2000 = 0 THEN 3 ELSE g % 3 END,
		CASE WHEN g % 5000 = 0 THEN 'suspended' WHEN g % 4 = 0 THEN 'revoked' ELSE 'active' END, WHEN, '192.0.2.1', '{}', CASE WHEN g % 3000 = 0 THEN 1 ELSE 0 END, '', WHEN, ADDRESS FROM SERIES AS n`
	attemptsText = `INSERT INTO attempts (tenant_id, id, user_id, email, email_key, ip_address, ip_bytes, user_agent, device_info, location, successful, failure_reason, mfa_required, mfa_verified, created_at, device_id)
		SELECT 'TENANT', 'a' || g, 'u' || (g % USERS + 1), 'person' || (g % USERS + 1) || '@example.com', 'person' || (g % USERS + 1) || '@example.com', '192.0.2.1', ADDRESS, '', '{}', '{}', g % 10 > 0,
		CASE WHEN g % 10 > 0 THEN '' WHEN g % 100 = 0 THEN 'mfa_failed' WHEN g % 10000 = 10 THEN 'account_locked' WHEN g % 100000 = 20 THEN 'device_not_trusted' ELSE 'invalid_credentials' END,
		FALSE, FALSE, WHEN, 'd' || (g % DEVICES + 1) FROM SERIES AS n`
)

// parts returns the tables of an organisation of n users. What happened is spread over 400 days
// up to now, in microseconds.
func (c crowded) parts(tenantID string, now int64, n int) []part {
	hash, address := "CAST('TENANT' || g AS BLOB)", "unhex('00000000000000000000ffff' || printf('%08x', NUMBER))"
	if c.engine == store.Postgres {
		hash, address = "CAST('TENANT' || g AS BYTEA)", "decode('00000000000000000000ffff' || lpad(to_hex(NUMBER), 8, '0'), 'hex')"
	}
	// One of a hundred comes from 192.0.2.0/24, the others from a million addresses from 10.0.0.0 on.
	number := "CASE WHEN g % 100 = 0 THEN 3221225984 + g % 256 ELSE 167772160 + (g * 7919) % 1048576 END"
	const span = 400 * 24 * 60 * 60 * 1_000_000
	of := func(table string, rows int, text string) part {
		when := fmt.Sprintf("(%d - (%d - g) * %d)", now, rows, span/max(rows, 1))
		return part{table, rows, strings.NewReplacer(
			"TENANT", tenantID, "WHEN,", when+",", "WHEN +", when+" +", "USERS", fmt.Sprint(n), "DEVICES", fmt.Sprint(n*devicesEach),
			"HASH", strings.ReplaceAll(hash, "TENANT", tenantID), "ADDRESS", strings.ReplaceAll(address, "NUMBER", number),
		).Replace(text)}
	}
	return []part{
		of("users", n, usersText), of("user_words", n, wordsText), of("group_members", n, membersText), of("sessions", n*sessionsEach, sessionsText),
		of("devices", n*devicesEach, devicesText), of("attempts", n*attemptsEach, attemptsText),
	}
}
