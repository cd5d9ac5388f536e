package store

import (
	"context"
	"time"
)

// FigureHour is what happened in an hour, and the figures at its end.
type FigureHour struct {
	Hour     time.Time // its beginning
	Outcomes string    // JSON: attempts to sign in by outcome
	Locks    int64     // of accounts and of addresses that nobody has
	Gauges   string    // JSON: the figures at its end; "" for an hour that was counted later
}

const hourColumns = "hour, outcomes, locks, gauges"

func scanHour(scan func(...any) error) (h FigureHour, err error) {
	var hour int64
	err = scan(&hour, &h.Outcomes, &h.Locks, &h.Gauges)
	h.Hour = fromMicros(hour)
	return h, err
}

// FigureHours returns the hours of a tenant from one on and before another, in order.
func (q Queries) FigureHours(ctx context.Context, tenantID string, from, before time.Time) ([]FigureHour, error) {
	return all(ctx, q, scanHour, "SELECT "+hourColumns+" FROM figure_hours WHERE tenant_id = $1 AND hour >= $2 AND hour < $3 ORDER BY hour",
		tenantID, micros(from), micros(before))
}

// GaugesBefore returns the last hour before a time at whose end the figures are known. ErrNotFound
// for none.
func (q Queries) GaugesBefore(ctx context.Context, tenantID string, before time.Time) (FigureHour, error) {
	return get(ctx, q, scanHour, "SELECT "+hourColumns+" FROM figure_hours WHERE tenant_id = $1 AND hour < $2 AND gauges <> '' ORDER BY hour DESC LIMIT 1",
		tenantID, micros(before))
}

// Locks returns how many locks there were in the hours from one on and before another.
func (q Queries) Locks(ctx context.Context, tenantID string, from, before time.Time) (int64, error) {
	return count(ctx, q, "SELECT COALESCE(SUM(locks), 0) FROM figure_hours WHERE tenant_id = $1 AND hour >= $2 AND hour < $3", tenantID, micros(from), micros(before))
}

// SaveFigureHour stores an hour.
func (tx *Tx) SaveFigureHour(ctx context.Context, tenantID string, h FigureHour) error {
	_, err := tx.exec(ctx, "INSERT INTO figure_hours (tenant_id, "+hourColumns+`) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, hour) DO UPDATE SET outcomes = excluded.outcomes, locks = excluded.locks, gauges = excluded.gauges`,
		tenantID, micros(h.Hour), h.Outcomes, h.Locks, h.Gauges)
	return err
}

// FineKept is how long failed attempts by the minute, and attempts by country in an hour, are of use.
const FineKept = 9 * 24 * time.Hour

// FailedMinute is how many attempts failed in a minute.
type FailedMinute struct {
	Minute time.Time
	Failed int64
}

// AddFailed adds failed attempts to minutes.
func (tx *Tx) AddFailed(ctx context.Context, tenantID string, minutes []FailedMinute) error {
	rows := make([][]any, len(minutes))
	for i, m := range minutes {
		rows[i] = []any{tenantID, micros(m.Minute), m.Failed}
	}
	return tx.upsert(ctx, "INSERT INTO figure_minutes (tenant_id, minute, failed) VALUES ", rows,
		" ON CONFLICT (tenant_id, minute) DO UPDATE SET failed = figure_minutes.failed + excluded.failed")
}

// Failed returns how many attempts failed from a minute on and before another.
func (q Queries) Failed(ctx context.Context, tenantID string, from, before time.Time) (int64, error) {
	return count(ctx, q, // The order of the key, so that no database reads the minutes of other tenants.
		"SELECT COALESCE(SUM(failed), 0) FROM figure_minutes WHERE (tenant_id, minute) >= ($1, $2) AND (tenant_id, minute) < ($1, $3)", tenantID, micros(from), micros(before))
}

// Steps in which attempts by country are counted.
const (
	StepHour = "hour"
	StepDay  = "day"
)

// CountryCount is how many attempts came from a country.
type CountryCount struct {
	Step              string // StepHour or StepDay
	From              time.Time
	Country           string // ISO 3166-1 alpha-2; "" where it is not known
	Succeeded, Failed int64
}

// AddCountries adds attempts to those of countries.
func (tx *Tx) AddCountries(ctx context.Context, tenantID string, counts []CountryCount) error {
	rows := make([][]any, len(counts))
	for i, c := range counts {
		rows[i] = []any{tenantID, c.Step, micros(c.From), c.Country, c.Succeeded, c.Failed}
	}
	return tx.upsert(ctx, "INSERT INTO figure_countries (tenant_id, step, begins_at, country, succeeded, failed) VALUES ", rows,
		` ON CONFLICT (tenant_id, step, begins_at, country) DO UPDATE SET
		succeeded = figure_countries.succeeded + excluded.succeeded, failed = figure_countries.failed + excluded.failed`)
}

// Countries returns the attempts by country from a time on, in the steps of StepHour or StepDay that
// begin then or later, those with the most first.
func (q Queries) Countries(ctx context.Context, tenantID, step string, from time.Time) ([]CountryCount, error) {
	return all(ctx, q, func(scan func(...any) error) (c CountryCount, err error) {
		return c, scan(&c.Country, &c.Succeeded, &c.Failed)
	}, `SELECT country, SUM(succeeded), SUM(failed) FROM figure_countries WHERE tenant_id = $1 AND step = $2 AND begins_at >= $3
		GROUP BY country ORDER BY SUM(succeeded) + SUM(failed) DESC, country`, tenantID, step, micros(from))
}

// UncountPast begins to count the past of a tenant anew: what happened in hours and minutes, and in
// countries from a time on, before which what told them is removed.
func (tx *Tx) UncountPast(ctx context.Context, tenantID string, countriesFrom time.Time) error {
	if _, err := tx.exec(ctx, "UPDATE figure_hours SET outcomes = '{}', locks = 0 WHERE tenant_id = $1", tenantID); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "DELETE FROM figure_minutes WHERE tenant_id = $1", tenantID); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM figure_countries WHERE tenant_id = $1 AND begins_at >= $2", tenantID, micros(countriesFrom))
	return err
}

// FirstPersonal returns when the first event happened whose personal part is not removed. ErrNotFound
// for none.
func (q Queries) FirstPersonal(ctx context.Context, tenantID string) (time.Time, error) {
	at, err := count(ctx, q, "SELECT created_at FROM events WHERE tenant_id = $1 AND personal <> '' ORDER BY created_at, seq LIMIT 1", tenantID)
	return fromMicros(at), err
}
