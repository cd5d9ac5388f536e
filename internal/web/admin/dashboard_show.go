package admin

import (
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/dashboard"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const dashboardPath = "/foundation/security"

// rangeParam is the parameter that says which time the charts show.
const rangeParam = "range"

// dashboardView is Foundation > Security: first what needs its reader, then figures, charts and what
// happened last.
type dashboardView struct {
	Counting string // how far a first count is; "" when everything is counted
	Verdict  dashboardVerdict
	Needs    []dashboardNeed
	More     string // how many needs stand behind those
	Rest     []dashboardNeed
	Ranges   []kit.Chip
	Since    string
	Tiles    []dashboardTile
	SignIns  *kit.Chart
	Sessions *kit.Chart
	Methods  *kit.Chart
	Map      *kit.Map
	Activity dashboardActivity
	Checks   checklistView
}

// dashboardTile is one figure.
type dashboardTile struct {
	Name, Number, Note string
	Change             *dashboardChange // nil where it is not known
	Spark              kit.Sparkline
	Tone               string // "bad" where the figure needs attention
	Link               string // of the list; "" for who may not read it
}

// dashboardChange is the change against the period before.
type dashboardChange struct{ Tone, Icon, Text string }

// dashboardRead is what the page is made of.
type dashboardRead struct {
	reader   sallyport.Actor
	overview dashboard.Overview
	needs    []dashboardNeed
	checks   dashboard.Checklist
	activity events
	of       activity
	digest   bool
	live     bool // the line of what happens meanwhile is open from the beginning
}

// dashboardShow shows how the organisation is.
func (p *Pages) dashboardShow(v *kit.Visit) error {
	ctx, d := v.R.Context(), dashboardRead{reader: p.Actor(v), live: true}
	span, err := dashboard.RangeNamed(v.R.URL.Query().Get(rangeParam))
	if err != nil {
		span = dashboard.Ranges[0]
	}
	if d.overview, err = p.Dashboard.Overview(ctx, d.reader, span); err != nil {
		return err
	}
	needs, err := p.Dashboard.Needs(ctx, d.reader, d.overview)
	if err != nil {
		return err
	}
	if d.needs, err = p.dashboardNeeds(v, needs); err != nil {
		return err
	}
	if d.checks, err = p.Dashboard.Checklist(ctx, d.reader, d.overview); err != nil {
		return err
	}
	if err := p.readActivity(v, &d); err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "dashboard_show", v.T("dashboard.heading"), d.view(v.Speaker))
}

func (d dashboardRead) view(s kit.Speaker) *dashboardView {
	o := d.overview
	v := &dashboardView{
		Verdict: verdictOf(s, d.needs), Needs: d.needs, Since: s.T("dashboard.since." + o.Range.Words), Tiles: d.tiles(s),
		SignIns: viewSignIns(s, o), Sessions: viewSessions(s, o), Methods: viewMethods(s, o), Map: viewCountries(s, o),
		Activity: d.activityView(s), Checks: viewChecklist(s, d.checks, d.reader),
	}
	if o.Counted < 1 {
		v.Counting = s.T("dashboard.counting", "Count", int(100*o.Counted))
	}
	for i := range v.Needs {
		v.Needs[i].First = i == 0
	}
	if n := len(v.Needs) - mostNeeds; n > 0 {
		v.Needs, v.Rest, v.More = v.Needs[:mostNeeds], v.Needs[mostNeeds:], s.N("dashboard.moreNeeds", n)
	}
	for _, r := range dashboard.Ranges {
		v.Ranges = append(v.Ranges, kit.Chip{Text: s.T("dashboard.range." + r.Words), Path: d.path(rangeParam, r.Name), On: r.Name == o.Range.Name})
	}
	return v
}

// path is the address of the page with another value of a parameter.
func (d dashboardRead) path(parameter, value string) string {
	values := url.Values{rangeParam: {d.overview.Range.Name}, activityParam: {d.of.name}}
	values.Set(parameter, value)
	return kit.WithQuery(dashboardPath, values)
}

// tiles are the six figures.
func (d dashboardRead) tiles(s kit.Speaker) []dashboardTile {
	o := d.overview
	before := func(of func(dashboard.Gauges) int64) *int64 {
		if o.Before == nil {
			return nil
		}
		n := of(*o.Before)
		return &n
	}
	gauge := func(name, path string, of func(dashboard.Gauges) int64, good int) dashboardTile {
		t := dashboardTile{Name: s.T("dashboard." + name), Number: s.Number(int(of(o.Now))), Link: path}
		if was := before(of); was != nil {
			t.Change = changed(s, of(o.Now)-*was, good, "dashboard.change")
		}
		t.Spark = kit.ViewSparkline(gaugesOver(o, func(g dashboard.Gauges) float64 { return float64(of(g)) }))
		return t
	}
	sessions := gauge("sessions", sessionsPath+"?status=active", func(g dashboard.Gauges) int64 { return g.Sessions }, 0)
	sessions.Note = s.N("dashboard.ofPeople", int(o.Now.People))
	trusted := gauge("trusted", devicesPath+"?status=active&compromised=no&trustLevel=1&trustLevel=2&trustLevel=3", func(g dashboard.Gauges) int64 { return g.Trusted }, 0)
	flagged := gauge("compromised", devicesPath+"?status=active&status=suspended&compromised=yes", func(g dashboard.Gauges) int64 { return g.Compromised }, -1)
	flagged.Tone = toneIf(o.Now.Compromised > 0, "bad")
	tiles := []dashboardTile{sessions, d.adoption(s), d.failed(s), d.locked(s), trusted, flagged}
	for i, permission := range []access.Permission{access.SessionsView, access.MFAView, access.SessionsView, access.UsersView, access.DevicesView, access.DevicesView} {
		if !has(d.reader, permission) {
			tiles[i].Link = ""
		}
	}
	return tiles
}

func toneIf(is bool, tone string) string {
	if is {
		return tone
	}
	return ""
}

func (d dashboardRead) adoption(s kit.Speaker) dashboardTile {
	o := d.overview
	t := dashboardTile{
		Name: s.T("dashboard.adoption"), Number: s.T("chart.percent", "Count", int(o.Now.Share())), Link: mfaPath,
		Note:  s.N("dashboard.withFactor", int(o.Now.Strong+o.Now.Weak)),
		Spark: kit.ViewSparkline(gaugesOver(o, func(g dashboard.Gauges) float64 { return float64(g.Share()) })),
	}
	if o.Before != nil {
		t.Change = changed(s, o.Now.Share()-o.Before.Share(), 1, "dashboard.changePoints")
	}
	return t
}

func (d dashboardRead) failed(s kit.Speaker) dashboardTile {
	o := d.overview
	since := url.Values{"outcome": {"failure"}, "from": {o.FailedSince.UTC().Format(time.RFC3339)}}
	values := make([]float64, len(o.Points))
	for i, p := range o.Points {
		values[i] = float64(p.Failed())
	}
	return dashboardTile{
		Name: s.T("dashboard.failed"), Number: s.Number(int(o.Failed)), Note: s.T("dashboard.lastDay"), Link: kit.WithQuery(attemptsPath, since),
		Change: changed(s, o.Failed-o.FailedBefore, -1, "dashboard.changeDay"), Spark: kit.ViewSparkline(values), Tone: toneIf(o.Attack != nil, "bad"),
	}
}

func (d dashboardRead) locked(s kit.Speaker) dashboardTile {
	o := d.overview
	values, locks := make([]float64, len(o.Points)), int64(0)
	for i, p := range o.Points {
		values[i] = float64(p.Locks)
		locks += p.Locks
	}
	t := dashboardTile{
		Name: s.T("dashboard.locked"), Number: s.Number(int(o.Locked)), Link: lockedPath, Spark: kit.ViewSparkline(values),
		Note: s.N("dashboard.locks", int(locks)), Tone: toneIf(o.Locked > 0, "warn"),
	}
	if o.Before != nil {
		t.Change = changed(s, locks-o.LocksBefore, -1, "dashboard.changeLocks")
	}
	if o.Locked == dashboard.MostLocked {
		t.Number = s.T("dashboard.orMore", "Count", t.Number)
	}
	return t
}

// changed tells a change; good says which way is a good one: 1 up, -1 down, 0 neither.
func changed(s kit.Speaker, by int64, good int, words string) *dashboardChange {
	c := &dashboardChange{Tone: "plain", Icon: "minus", Text: s.T("dashboard.unchanged")}
	if by == 0 {
		return c
	}
	if c.Icon, c.Tone = "arrow-up", "plain"; by < 0 {
		c.Icon = "arrow-down"
	}
	if good != 0 {
		if c.Tone = "good"; (by > 0) != (good > 0) {
			c.Tone = "warn"
		}
	}
	sign := map[bool]string{true: "+", false: "−"}[by > 0]
	c.Text = s.T(words, "By", sign+s.Number(int(max(by, -by))))
	return c
}

// gaugesOver are the values of a figure at the ends of the steps.
func gaugesOver(o dashboard.Overview, of func(dashboard.Gauges) float64) []float64 {
	out := make([]float64, len(o.Points))
	for i, p := range o.Points {
		if out[i] = math.NaN(); p.Gauges != nil {
			out[i] = of(*p.Gauges)
		}
	}
	return out
}
