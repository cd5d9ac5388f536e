package store

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
)

// Tally is what people and things of a tenant count for.
type Tally struct {
	Users       int64 // active people
	Strong      int64 // of them, whose best second factor is strong
	Weak        int64 // of them, whose best one is weak
	Demanded    int64 // of them, who have none although one is demanded, exempt or not
	Sessions    int64 // active ones
	Trusted     int64 // active devices above trust level 0 that are not flagged
	Compromised int64 // flagged devices that are not removed
}

// Add returns the sum of two tallies.
func (t Tally) Add(o Tally) Tally {
	return Tally{
		t.Users + o.Users, t.Strong + o.Strong, t.Weak + o.Weak, t.Demanded + o.Demanded,
		t.Sessions + o.Sessions, t.Trusted + o.Trusted, t.Compromised + o.Compromised,
	}
}

// Sub returns the difference of two tallies.
func (t Tally) Sub(o Tally) Tally {
	return Tally{
		t.Users - o.Users, t.Strong - o.Strong, t.Weak - o.Weak, t.Demanded - o.Demanded,
		t.Sessions - o.Sessions, t.Trusted - o.Trusted, t.Compromised - o.Compromised,
	}
}

const tallyColumns = "users, strong, weak, demanded, sessions, trusted, compromised"

// into returns where scanning tallyColumns puts them.
func (t *Tally) into() []any {
	return []any{&t.Users, &t.Strong, &t.Weak, &t.Demanded, &t.Sessions, &t.Trusted, &t.Compromised}
}

// values are those of tallyColumns.
func (t Tally) values() []any {
	return []any{t.Users, t.Strong, t.Weak, t.Demanded, t.Sessions, t.Trusted, t.Compromised}
}

// Figures are those of a tenant, and how far they are counted.
type Figures struct {
	TenantID   string
	Counted    int64  // position in the log up to which events were counted
	Settled    int64  // position from which events say whose state is counted again
	Recounting string // id up to which a count of everybody has come; EverybodyCounted when none is under way

	Tally
	People  int64  // who have active sessions
	Methods string // JSON: active people by method of an active second factor
}

// EverybodyCounted is where a count of everybody has come when it is over: it sorts after every id.
const EverybodyCounted = "~"

const figureColumns = "tenant_id, counted, settled, recounting, people, methods, " + tallyColumns

func scanFigures(scan func(...any) error) (f Figures, err error) {
	return f, scan(append([]any{&f.TenantID, &f.Counted, &f.Settled, &f.Recounting, &f.People, &f.Methods}, f.into()...)...)
}

// FiguresBehind returns the tenants of whose log not everything is counted.
func (q Queries) FiguresBehind(ctx context.Context) ([]string, error) {
	return all(ctx, q, scanID, `SELECT audit_heads.tenant_id FROM audit_heads LEFT JOIN figures ON figures.tenant_id = audit_heads.tenant_id
		WHERE figures.tenant_id IS NULL OR figures.counted < audit_heads.size OR figures.recounting <> $1 ORDER BY audit_heads.tenant_id`, EverybodyCounted)
}

// Figures returns those of a tenant. ErrNotFound before anything was counted.
func (q Queries) Figures(ctx context.Context, tenantID string) (Figures, error) {
	return get(ctx, q, scanFigures, "SELECT "+figureColumns+" FROM figures WHERE tenant_id = $1", tenantID)
}

// TakeFigures is Figures, and locks them until the transaction ends. For a tenant without any it makes
// them: nothing is counted, and what is in the log by now says nothing of anybody's state, which a
// count of everybody finds. ErrNotFound when another transaction has them.
func (tx *Tx) TakeFigures(ctx context.Context, tenantID string) (Figures, error) {
	if _, err := tx.Figures(ctx, tenantID); errors.Is(err, sallyport.ErrNotFound) {
		_, err = tx.exec(ctx, "INSERT INTO figures ("+figureColumns+`)
			SELECT tenant_id, 0, size, '', 0, '{}', 0, 0, 0, 0, 0, 0, 0 FROM audit_heads WHERE tenant_id = $1 ON CONFLICT DO NOTHING`, tenantID)
		if err != nil {
			return Figures{}, err
		}
	}
	return get(ctx, tx.Queries, scanFigures, "SELECT "+figureColumns+" FROM figures WHERE tenant_id = $1"+tx.skipLocked(), tenantID)
}

// SaveFigures stores figures that TakeFigures returned.
func (tx *Tx) SaveFigures(ctx context.Context, f Figures) error {
	return tx.execOne(ctx, `UPDATE figures SET counted = $2, settled = $3, recounting = $4, people = $5, methods = $6,
		users = $7, strong = $8, weak = $9, demanded = $10, sessions = $11, trusted = $12, compromised = $13 WHERE tenant_id = $1`,
		append([]any{f.TenantID, f.Counted, f.Settled, f.Recounting, f.People, f.Methods}, f.values()...)...)
}

// FigurePerson is what one user counts for.
type FigurePerson struct {
	UserID string
	Tally
	Methods     string    // names of active second factors, with a space between them
	ExemptUntil time.Time // from what policy demands; zero for not at all
	LockedUntil time.Time // the end of the longest lock; zero for none that is known
}

func scanFigurePerson(scan func(...any) error) (p FigurePerson, err error) {
	var exempt, locked int64
	err = scan(append([]any{&p.UserID, &p.Methods, &exempt, &locked}, p.into()...)...)
	p.ExemptUntil, p.LockedUntil = fromMicros(exempt), fromMicros(locked)
	return p, err
}

const figurePersonColumns = "user_id, methods, exempt_until, locked_until, " + tallyColumns

// FigurePeople returns what is stored of some users.
func (q Queries) FigurePeople(ctx context.Context, tenantID string, userIDs []string) ([]FigurePerson, error) {
	these, arg := q.named("user_id", "$2", userIDs)
	return all(ctx, q, scanFigurePerson, "SELECT "+figurePersonColumns+" FROM figure_people WHERE tenant_id = $1 AND "+these, tenantID, arg)
}

// CountPeople counts what some users count for now, but for locks. whom is whom policy demands a second
// factor of (a value of Policy.MFAEnforced). Who is no more is left out.
func (q Queries) CountPeople(ctx context.Context, tenantID, whom string, userIDs []string) ([]FigurePerson, error) {
	these, arg := q.named("users.id", "$4", userIDs)
	of := func(table string) string {
		return "(SELECT COUNT(*) FROM " + table + " AS x WHERE x.tenant_id = users.tenant_id AND x.user_id = users.id AND "
	}
	// NOT keeps SQLite from the indexes of what all people have of a status or a level.
	return all(ctx, q, scanFigurePerson, `SELECT id,
		'', CASE WHEN mfa_required THEN 0 ELSE mfa_exempt_until END, 0,
		CASE WHEN status = 'active' THEN 1 ELSE 0 END,
		CASE WHEN status = 'active' AND second_factor = 'strong' THEN 1 ELSE 0 END,
		CASE WHEN status = 'active' AND second_factor = 'weak' THEN 1 ELSE 0 END,
		CASE WHEN status = 'active' AND second_factor = 'none' AND (`+mfaDemanded+`) THEN 1 ELSE 0 END,
		`+of("sessions")+`x.status IN ('active', 'suspended') AND NOT (x.status <> 'active')),
		`+of("devices")+`NOT (x.status <> 'active') AND NOT (x.trust_level <= 0) AND x.compromised_at = 0),
		`+of("devices")+`x.status <> 'revoked' AND x.compromised_at > 0)
		FROM users WHERE tenant_id = $1 AND `+these, tenantID, micros(never), whom, arg)
}

// never is a time by which every exemption is over.
var never = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)

// ActiveMethod is a method of which a user has an active second factor.
type ActiveMethod struct{ UserID, Method string }

// ActiveMethods returns the methods of some active users, but for those that only stand in for
// another one.
func (q Queries) ActiveMethods(ctx context.Context, tenantID string, userIDs []string) ([]ActiveMethod, error) {
	these, arg := q.named("f.user_id", "$2", userIDs)
	return all(ctx, q, func(scan func(...any) error) (m ActiveMethod, err error) { return m, scan(&m.UserID, &m.Method) },
		`SELECT DISTINCT f.user_id, f.method FROM factors AS f JOIN users AS u ON u.tenant_id = f.tenant_id AND u.id = f.user_id AND u.status = 'active'
		WHERE f.tenant_id = $1 AND `+these+` AND f.status = 'active' AND f.method NOT IN (`+standIns+`) ORDER BY f.user_id, f.method`, tenantID, arg)
}

// NextPeople returns up to limit ids after one, in order, of users, and of those of whom something is
// stored although they are no more.
func (q Queries) NextPeople(ctx context.Context, tenantID, after string, limit int) ([]string, error) {
	return all(ctx, q, scanID, `SELECT id FROM (SELECT id FROM (SELECT id FROM users WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3) AS a
		UNION SELECT id FROM (SELECT user_id AS id FROM figure_people WHERE tenant_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3) AS b) AS c
		ORDER BY id LIMIT $3`, tenantID, after, limit)
}

// CountedPeople returns up to limit ids of users of whom something is stored, in order.
func (q Queries) CountedPeople(ctx context.Context, tenantID string, limit int) ([]string, error) {
	return all(ctx, q, scanID, "SELECT user_id FROM figure_people WHERE tenant_id = $1 ORDER BY user_id LIMIT $2", tenantID, limit)
}

// SaveFigurePeople stores what some users count for.
func (tx *Tx) SaveFigurePeople(ctx context.Context, tenantID string, people []FigurePerson) error {
	rows := make([][]any, len(people))
	for i, p := range people {
		rows[i] = append([]any{tenantID, p.UserID, p.Methods, micros(p.ExemptUntil), micros(p.LockedUntil)}, p.values()...)
	}
	return tx.upsert(ctx, "INSERT INTO figure_people (tenant_id, "+figurePersonColumns+") VALUES ", rows,
		` ON CONFLICT (tenant_id, user_id) DO UPDATE SET methods = excluded.methods, exempt_until = excluded.exempt_until, locked_until = excluded.locked_until,
		users = excluded.users, strong = excluded.strong, weak = excluded.weak, demanded = excluded.demanded,
		sessions = excluded.sessions, trusted = excluded.trusted, compromised = excluded.compromised`)
}

// RemoveFigurePeople deletes what is stored of some users, and of their sign-ins.
func (tx *Tx) RemoveFigurePeople(ctx context.Context, tenantID string, userIDs []string) error {
	these, arg := tx.named("user_id", "$2", userIDs)
	if _, err := tx.exec(ctx, "DELETE FROM figure_doubts WHERE tenant_id = $1 AND "+these, tenantID, arg); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM figure_people WHERE tenant_id = $1 AND "+these, tenantID, arg)
	return err
}

// CountExempt counts who has no second factor although policy demands one, and is exempt at now.
func (q Queries) CountExempt(ctx context.Context, tenantID string, now time.Time) (int64, error) {
	return count(ctx, q, "SELECT COUNT(*) FROM figure_people WHERE tenant_id = $1 AND exempt_until > $2 AND exempt_until > 0 AND demanded > 0", tenantID, micros(now))
}

// CountLocked counts the users whose accounts are locked at now, up to a limit.
func (q Queries) CountLocked(ctx context.Context, tenantID string, now time.Time, limit int) (int64, error) {
	return count(ctx, q, `SELECT COUNT(*) FROM (SELECT 1 FROM figure_people
		WHERE tenant_id = $1 AND locked_until > $2 AND locked_until > 0 LIMIT $3) AS found`, tenantID, micros(now), limit)
}

// Doubt is an unusual sign-in.
type Doubt struct {
	UserID, AttemptID string
	CreatedAt         time.Time
}

// AddDoubts stores unusual sign-ins; [Tx.SettleDoubts] says whether they are open.
func (tx *Tx) AddDoubts(ctx context.Context, tenantID string, doubts []Doubt) error {
	rows := make([][]any, len(doubts))
	for i, d := range doubts {
		rows[i] = []any{tenantID, d.UserID, d.AttemptID, micros(d.CreatedAt), false}
	}
	return tx.upsert(ctx, "INSERT INTO figure_doubts (tenant_id, user_id, attempt_id, created_at, open) VALUES ", rows, " ON CONFLICT DO NOTHING")
}

// SettleDoubts decides which unusual sign-ins of some users are open: nobody has answered them, and
// their sessions go on, or neither a new password nor the end of their device has settled them.
func (tx *Tx) SettleDoubts(ctx context.Context, tenantID string, userIDs []string) error {
	these, arg := tx.named("user_id", "$2", userIDs)
	_, err := tx.exec(ctx, `UPDATE figure_doubts SET open = EXISTS (SELECT 1 FROM attempts AS a JOIN users AS u ON u.tenant_id = a.tenant_id AND u.id = a.user_id
			WHERE a.tenant_id = figure_doubts.tenant_id AND a.id = figure_doubts.attempt_id AND a.user_id = figure_doubts.user_id AND a.answer = ''
			AND (EXISTS (SELECT 1 FROM sessions AS s WHERE s.tenant_id = a.tenant_id AND s.id = a.session_id AND s.status IN ('active', 'suspended'))
				OR a.created_at > u.password_changed_at AND NOT EXISTS (SELECT 1 FROM devices AS d
					WHERE d.tenant_id = a.tenant_id AND d.id = a.device_id AND (d.status <> 'active' OR d.compromised_at > 0))))
		WHERE tenant_id = $1 AND `+these, tenantID, arg)
	return err
}

// CountDoubts counts the open ones since a time.
func (q Queries) CountDoubts(ctx context.Context, tenantID string, since time.Time) (int64, error) {
	return count(ctx, q, "SELECT COUNT(*) FROM figure_doubts WHERE tenant_id = $1 AND created_at > $2 AND open = TRUE", tenantID, micros(since))
}
