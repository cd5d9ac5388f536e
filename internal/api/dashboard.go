package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport/internal/dashboard"
	"github.com/sallyport/sallyport/internal/list"
)

func (e *edge) addDashboard() {
	overview := get("getDashboard", "/dashboard", "Figures of the organisation, what happened in a time, and what needs an administrator", http.StatusUnprocessableEntity)
	overview.Description = "Right up to what has its place in the audit log. What needs an administrator is limited to what the caller may see."
	handle(e, overview.needs(dashboard.NeedView), e.getDashboard)

	locked := get("listLockedUsers", "/locked-users", "Whose account is locked by failed attempts")
	locked.Description = "For strangers, on a device or in a session. POST /users/{id}/unlock lifts the locks."
	handleList(e, locked.needs(dashboard.NeedLocked), list.Locked, e.listLocked)

	handle(e, post("recordReview", "/dashboard/review", "Note that the checklist of best practices was gone through").
		says("The next review is due a quarter later.").needs(dashboard.NeedReview), e.recordReview)
	handle(e, put("chooseDigest", "/dashboard/digest", "Choose whether the weekly digest is mailed to oneself", withBody()...).needs(dashboard.NeedDigest), e.chooseDigest)
	handle(e, post("retryMails", "/dashboard/retry-mails", "Send mails again that were given up").
		says("Links in them that have ended stay ended.").needs(dashboard.NeedRetryMails), e.retryMails)
}

type dashboardInput struct {
	Range string `query:"range" enum:"24h,7d,30d,90d" default:"24h" doc:"The time that points, countries and before are about. Points are an hour, six hours, a day and three days, in UTC."`
}

// gaugesRecord is the figures at one time.
type gaugesRecord struct {
	Users              int64            `json:"users" minimum:"0" doc:"Active people."`
	StrongFactors      int64            `json:"strongFactors" minimum:"0" doc:"Of them, with an authenticator app or a passkey."`
	WeakFactors        int64            `json:"weakFactors" minimum:"0" doc:"Of them, with only codes that are sent."`
	ByMethod           map[string]int64 `json:"byMethod" doc:"Active people by method. Somebody with several counts for each."`
	ActiveSessions     int64            `json:"activeSessions" minimum:"0"`
	PeopleSignedIn     int64            `json:"peopleSignedIn" minimum:"0"`
	TrustedDevices     int64            `json:"trustedDevices" minimum:"0"`
	CompromisedDevices int64            `json:"compromisedDevices" minimum:"0"`
}

func showGauges(g dashboard.Gauges) gaugesRecord {
	methods := g.Methods
	if methods == nil {
		methods = map[string]int64{}
	}
	return gaugesRecord{g.Users, g.Strong, g.Weak, methods, g.Sessions, g.People, g.Trusted, g.Compromised}
}

func showGaugesOf(g *dashboard.Gauges) *gaugesRecord {
	if g == nil {
		return nil
	}
	out := showGauges(*g)
	return &out
}

// pointRecord is what happened in a part of the time.
type pointRecord struct {
	From     time.Time        `json:"from"`
	To       time.Time        `json:"to"`
	Outcomes map[string]int64 `json:"outcomes" doc:"Attempts to sign in: success, or the reason of the failure."`
	Locks    int64            `json:"locks" minimum:"0" doc:"Accounts, and names that nobody has, that failed attempts locked."`
	Figures  *gaugesRecord    `json:"figures,omitempty" doc:"At the end of it. Absent where they are not known."`
}

func showPoint(p dashboard.Point) pointRecord {
	return pointRecord{p.From, p.To, p.Outcomes, p.Locks, showGaugesOf(p.Gauges)}
}

// countryRecord is how many attempts came from a country.
type countryRecord struct {
	Country   string `json:"country" doc:"ISO 3166-1 alpha-2; empty where it is not known."`
	Succeeded int64  `json:"succeeded" minimum:"0"`
	Failed    int64  `json:"failed" minimum:"0"`
}

// needRecord is something that needs an administrator.
type needRecord struct {
	Kind  dashboard.NeedKind `json:"kind" enum:"attack,flagged,unanswered,locked,certificate,dead_mails,not_enrolled,review" doc:"Failed attempts well above usual, flagged devices, unusual sign-ins that nobody answered, locked accounts, a certificate that ends, mails that were given up, people who must have a second factor, a review that is due."`
	Count int64              `json:"count" minimum:"1"`
	More  bool               `json:"more" doc:"There are more than that."`
	Usual float64            `json:"usual,omitempty" doc:"Failed attempts in an hour of the week before."`
	Until *time.Time         `json:"until,omitempty" doc:"When the certificate ends."`
}

func showNeed(n dashboard.Need) needRecord {
	out := needRecord{Kind: n.Kind, Count: n.Count, More: n.More, Usual: n.Usual}
	if !n.Until.IsZero() {
		at := n.Until.UTC()
		out.Until = &at
	}
	return out
}

// checkRecord is an item of the checklist.
type checkRecord struct {
	Name string `json:"name"`
	Done bool   `json:"done"`
}

type dashboardOutput struct {
	Body struct {
		At             time.Time       `json:"at"`
		Counted        float64         `json:"counted" minimum:"0" maximum:"1" doc:"The share of what has happened that is counted: below 1 while figures are counted for the first time or anew."`
		Now            gaugesRecord    `json:"now"`
		Before         *gaugesRecord   `json:"before,omitempty" doc:"When the range begins. Absent where they are not known."`
		Failed         int64           `json:"failed" minimum:"0" doc:"Attempts to sign in that failed since failedSince, which is 24 hours ago."`
		FailedBefore   int64           `json:"failedBefore" minimum:"0" doc:"And in the 24 hours before."`
		FailedSince    time.Time       `json:"failedSince"`
		Locked         int64           `json:"locked" minimum:"0" maximum:"10000" doc:"Accounts that are locked, up to this many."`
		Required       int64           `json:"required" minimum:"0" doc:"People without a second factor of whom policy or an administrator demands one."`
		Points         []pointRecord   `json:"points" nullable:"false" doc:"The oldest first; the last one is not over."`
		Countries      []countryRecord `json:"countries" nullable:"false"`
		Needs          []needRecord    `json:"needs" nullable:"false" doc:"The most urgent first."`
		Checklist      []checkRecord   `json:"checklist" nullable:"false"`
		ReviewedAt     *time.Time      `json:"reviewedAt,omitempty" doc:"When the checklist was last gone through."`
		ReviewDue      time.Time       `json:"reviewDue"`
		DigestIsWanted bool            `json:"digestIsWanted" doc:"The weekly digest is mailed to the caller."`
	} `nameHint:"Dashboard"`
}

func (e *edge) getDashboard(ctx context.Context, in *dashboardInput) (*dashboardOutput, error) {
	span, err := dashboard.RangeNamed(in.Range)
	if err != nil {
		return nil, err
	}
	actor := e.actor(ctx)
	o, err := e.Dashboard.Overview(ctx, actor, span)
	if err != nil {
		return nil, err
	}
	needs, err := e.Dashboard.Needs(ctx, actor, o)
	if err != nil {
		return nil, err
	}
	checks, err := e.Dashboard.Checklist(ctx, actor, o)
	if err != nil {
		return nil, err
	}
	var out dashboardOutput
	b := &out.Body
	b.At, b.Counted, b.Now, b.Before = o.At.UTC(), o.Counted, showGauges(o.Now), showGaugesOf(o.Before)
	b.Failed, b.FailedBefore, b.FailedSince, b.Locked, b.Required = o.Failed, o.FailedBefore, o.FailedSince.UTC(), o.Locked, o.Required
	b.Points, b.Needs = each(o.Points, showPoint), each(needs, showNeed)
	b.Countries = each(o.Countries, func(c dashboard.Country) countryRecord { return countryRecord{c.Code, c.Succeeded, c.Failed} })
	b.Checklist = each(checks.Checks, func(c dashboard.Check) checkRecord { return checkRecord(c) })
	if b.ReviewDue = checks.Due.UTC(); !checks.ReviewedAt.IsZero() {
		at := checks.ReviewedAt.UTC()
		b.ReviewedAt = &at
	}
	b.DigestIsWanted, err = e.Dashboard.WantsDigest(ctx, actor)
	return &out, err
}

// lockedRecord is somebody whose account is locked.
type lockedRecord struct {
	userRecord
	Locks []lockRecord `json:"locks" nullable:"false"`
}

func (e *edge) listLocked(ctx context.Context, q list.Query) (*pageOutput[lockedRecord], error) {
	found, err := e.Dashboard.ListLocked(ctx, e.actor(ctx), q)
	return newPage(found, func(u dashboard.LockedUser) lockedRecord {
		return lockedRecord{showUser(u.User), each(u.Locks, showLock)}
	}), err
}

func (e *edge) recordReview(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, e.Dashboard.Review(ctx, e.actor(ctx))
}

type digestInput struct {
	Body struct {
		Weekly bool `json:"weekly" doc:"Every Monday morning."`
	} `nameHint:"DigestChoice"`
}

func (e *edge) chooseDigest(ctx context.Context, in *digestInput) (*struct{}, error) {
	return nil, e.Dashboard.WantDigest(ctx, e.actor(ctx), in.Body.Weekly)
}

type retriedOutput struct {
	Body struct {
		Mails int64 `json:"mails" minimum:"0" doc:"That are sent again."`
	} `nameHint:"RetriedMails"`
}

func (e *edge) retryMails(ctx context.Context, _ *struct{}) (*retriedOutput, error) {
	n, err := e.Dashboard.RetryMails(ctx, e.actor(ctx))
	var out retriedOutput
	out.Body.Mails = n
	return &out, err
}
