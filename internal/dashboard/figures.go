package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
)

// Range is a time that charts show, up to now.
type Range struct {
	Name  string        // of the parameter
	Words string        // of its texts
	Steps int           // how many points there are
	Step  time.Duration // between them: a part of a day, or days, in UTC
}

// Ranges lists the ranges; the first one is shown unless another one is asked for.
var Ranges = []Range{
	{"24h", "day", 24, time.Hour},
	{"7d", "week", 28, 6 * time.Hour},
	{"30d", "month", 30, 24 * time.Hour},
	{"90d", "quarter", 30, 72 * time.Hour},
}

// RangeNamed returns the range of this name. CodeInvalid when there is none.
func RangeNamed(name string) (Range, error) {
	i := slices.IndexFunc(Ranges, func(r Range) bool { return r.Name == name })
	if i < 0 {
		return Range{}, sallyport.Invalid(sallyport.FieldError{Field: "range", Code: "unknown_value"})
	}
	return Ranges[i], nil
}

// from is when the first step begins.
func (r Range) from(now time.Time) time.Time {
	return now.UTC().Truncate(r.Step).Add(-time.Duration(r.Steps-1) * r.Step)
}

// Point is one step of a range: what happened in it, and the figures at its end.
type Point struct {
	From, To time.Time
	Outcomes map[string]int64 // attempts to sign in, by Success or the code of the refusal
	Locks    int64
	Gauges   *Gauges // nil where they are not known
}

// Failed returns how many attempts failed in the step.
func (p Point) Failed() (n int64) {
	for outcome, count := range p.Outcomes {
		if outcome != Success {
			n += count
		}
	}
	return n
}

// Country is how many attempts came from a country.
type Country struct {
	Code              string // ISO 3166-1 alpha-2; "" where it is not known
	Succeeded, Failed int64
}

// MostLocked is up to how many locked accounts are counted.
const MostLocked = 10_000

// Overview is what is known of an organisation in a range.
type Overview struct {
	Range     Range
	At        time.Time
	Now       Gauges
	Before    *Gauges // where the range begins; nil when they are not known
	Points    []Point // the oldest first; the last one is not over yet
	Countries []Country

	Failed       int64     // attempts in the last 24 hours
	FailedBefore int64     // and in the 24 hours before
	FailedSince  time.Time // when these 24 hours begin, at a full minute
	Locked       int64     // accounts, up to MostLocked
	LocksBefore  int64     // in a time as long before the range; Points have those in it
	Required     int64     // people without a second factor although one is demanded
	Attack       *Attack   // nil while nothing points to one

	// Counted is the share of what has happened that is counted, below 1 while an organisation is
	// counted for the first time or anew.
	Counted float64
}

// Overview returns the figures of the organisation, right up to what has its place in the audit log,
// and what happened in a range. It needs dashboard.view.
func (s *Service) Overview(ctx context.Context, actor sallyport.Actor, r Range) (Overview, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return Overview{}, err
	}
	return s.overview(ctx, actor.TenantID, r)
}

func (s *Service) overview(ctx context.Context, tenantID string, r Range) (o Overview, err error) {
	o.Range, o.At = r, s.acts.Now()
	f, err := s.counted(ctx, tenantID, &o)
	if err != nil {
		return o, err
	}
	methods := map[string]int64{}
	if err := json.Unmarshal([]byte(f.Methods), &methods); err != nil {
		return o, err
	}
	o.Now = gaugesOf(f, methods)
	exempt, err := s.acts.CountExempt(ctx, tenantID, o.At)
	if err != nil {
		return o, err
	}
	o.Required = f.Demanded - exempt
	if o.Locked, err = s.acts.CountLocked(ctx, tenantID, o.At, MostLocked); err != nil {
		return o, err
	}
	if err := s.failures(ctx, tenantID, &o); err != nil {
		return o, err
	}
	return o, s.past(ctx, tenantID, &o)
}

// counted counts what has passed, and returns the figures.
func (s *Service) counted(ctx context.Context, tenantID string, o *Overview) (f store.Figures, err error) {
	head, err := s.acts.AuditHead(ctx, tenantID)
	if err != nil {
		return f, err
	}
	for tries := 0; ; tries++ {
		f, err = s.acts.Figures(ctx, tenantID)
		if err != nil && !errors.Is(err, sallyport.ErrNotFound) || err == nil && f.Counted >= head.Size && f.Recounting == store.EverybodyCounted || tries == 1 {
			break
		}
		if err := s.catchUp(ctx, tenantID, stepsOfReader); err != nil {
			return f, err
		}
	}
	if errors.Is(err, sallyport.ErrNotFound) { // another node has just begun
		return store.Figures{Methods: "{}"}, nil
	}
	if o.Counted = 1; head.Size > 0 {
		o.Counted = min(1, float64(f.Counted)/float64(head.Size))
	}
	if f.Recounting != store.EverybodyCounted {
		o.Counted = min(o.Counted, 0.99)
	}
	return f, err
}

// failures counts failed attempts, to the minute.
func (s *Service) failures(ctx context.Context, tenantID string, o *Overview) (err error) {
	o.FailedSince = o.At.Add(-24 * time.Hour).Truncate(time.Minute)
	if o.Failed, err = s.acts.Failed(ctx, tenantID, o.FailedSince, o.At.Add(time.Minute)); err != nil {
		return err
	}
	if o.FailedBefore, err = s.acts.Failed(ctx, tenantID, o.FailedSince.Add(-24*time.Hour), o.FailedSince); err != nil {
		return err
	}
	o.Attack, err = s.attack(ctx, tenantID, o.At)
	return err
}

// past reads what happened in the range.
func (s *Service) past(ctx context.Context, tenantID string, o *Overview) error {
	from := o.Range.from(o.At)
	hours, err := s.acts.FigureHours(ctx, tenantID, from, o.At.Add(time.Hour))
	if err != nil {
		return err
	}
	if o.LocksBefore, err = s.acts.Locks(ctx, tenantID, from.Add(-time.Duration(o.Range.Steps)*o.Range.Step), from); err != nil {
		return err
	}
	before, err := s.acts.GaugesBefore(ctx, tenantID, from)
	if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
		return err
	}
	if o.Before, err = gaugesAt(before); err != nil {
		return err
	}
	if o.Points, err = points(*o, hours); err != nil {
		return err
	}
	step := store.StepHour
	if o.Range.Step >= 24*time.Hour {
		step = store.StepDay
	}
	countries, err := s.acts.Countries(ctx, tenantID, step, from)
	for _, c := range countries {
		o.Countries = append(o.Countries, Country{c.Country, c.Succeeded, c.Failed})
	}
	return err
}

func gaugesAt(h store.FigureHour) (*Gauges, error) {
	if h.Gauges == "" {
		return nil, nil
	}
	g, err := gauges(h.Gauges)
	return &g, err
}

// points puts hours into the steps of the range. The figures at the end of a step in which nothing
// changed are those before it; those of the last one are the present ones.
func points(o Overview, hours []store.FigureHour) ([]Point, error) {
	out := make([]Point, o.Range.Steps)
	from, last := o.Range.from(o.At), o.Before
	for i := range out {
		p := Point{From: from, To: from.Add(o.Range.Step), Outcomes: map[string]int64{}}
		for len(hours) > 0 && (hours[0].Hour.Before(p.To) || i == len(out)-1) {
			h := hours[0]
			hours = hours[1:]
			if err := p.add(h); err != nil {
				return nil, err
			}
			if g, err := gaugesAt(h); err != nil {
				return nil, err
			} else if g != nil {
				last = g
			}
		}
		p.Gauges = last
		out[i], from = p, p.To
	}
	out[len(out)-1].Gauges = &o.Now
	return out, nil
}

func (p *Point) add(h store.FigureHour) error {
	outcomes := map[string]int64{}
	if err := json.Unmarshal([]byte(h.Outcomes), &outcomes); err != nil {
		return err
	}
	for outcome, n := range outcomes {
		p.Outcomes[outcome] += n
	}
	p.Locks += h.Locks
	return nil
}
