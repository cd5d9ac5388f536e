package kit

import (
	"time"
)

// Moment is a time as a page shows it.
type Moment struct {
	ISO     string // for machines
	Exact   string // in full, in the reader's zone
	Text    string // what is shown
	Pattern string // the text around {ago}, for keeping it true; "" when it does not age
	Clock   bool   // the text is the time of day
}

// Moment shows how long ago t was, within the message id, which mentions {{.Ago}}.
func (s Speaker) Moment(id string, t time.Time) Moment {
	return Moment{
		ISO:     t.UTC().Format(time.RFC3339),
		Exact:   s.Exact(t, s.Zone),
		Text:    s.T(id, "Ago", s.Ago(s.Now, t)),
		Pattern: s.T(id, "Ago", "{ago}"),
	}
}

// Since is Moment for a time that may be unknown: nil for the zero time.
func (s Speaker) Since(id string, t time.Time) *Moment {
	if t.IsZero() {
		return nil
	}
	m := s.Moment(id, t)
	return &m
}

// ClockAt returns the time of day that will be in d, with the zone where that is
// not the reader's own.
func (s Speaker) ClockAt(d time.Duration) string {
	text := s.Clock(s.Now, s.Now.Add(d), s.Zone)
	if s.Zone == time.UTC {
		text += " UTC"
	}
	return text
}

// TimeOfDay shows the time of day of t.
func (s Speaker) TimeOfDay(t time.Time) Moment {
	return Moment{ISO: t.UTC().Format(time.RFC3339), Exact: s.Exact(t, s.Zone), Text: t.In(s.Zone).Format("15:04"), Clock: true}
}
