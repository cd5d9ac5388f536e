package admin

import (
	"context"
	"net/url"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dashboard"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const (
	activityPath = dashboardPath + "/live"
	digestPath   = dashboardPath + "/digest"
	reviewPath   = dashboardPath + "/review"
	retryPath    = dashboardPath + "/mails/retry"
	lockedPath   = dashboardPath + "/locked"

	activityParam = "activity"
	recentRows    = 10
)

// dashboardRoutes are the dashboard and what is done on it.
func (p *Pages) dashboardRoutes() []kit.Route {
	page := func(path string, do kit.Handler) kit.Route {
		return kit.Route{Pattern: "GET " + path, Guard: kit.SignedIn, Need: dashboard.NeedView, Do: do}
	}
	first, live, locked := page(dashboardPath, p.dashboardShow), page(activityPath, p.activityLive), page(lockedPath, p.lockedList)
	first.Entry = kit.Entry{Section: kit.Foundation, Words: "nav.dashboard", Icon: "chart-bar"}
	live.Quiet, live.Need, locked.Need = true, account.NeedView, dashboard.NeedLocked
	return slices.Concat([]kit.Route{
		first, live, locked,
		{Pattern: "POST " + digestPath, Guard: kit.SignedIn, Need: dashboard.NeedDigest, Do: p.digestChoose},
	},
		p.Confirm(kit.Confirm{Path: reviewPath, Need: dashboard.NeedReview, Ask: p.checkedAsk, Do: p.checked}),
		p.Confirm(kit.Confirm{Path: retryPath, Need: dashboard.NeedRetryMails, Ask: p.retryAsk, Do: p.retryMails}))
}

// activity is one kind of what happened last.
type activity struct {
	name  string
	kinds []audit.Kind
}

// activities are the four kinds of the first specification, and all of them together first.
var activities = func() []activity {
	four := []activity{
		{"attempts", []audit.Kind{audit.SignedIn, audit.SignInFailed, audit.AccountLocked, audit.AccountUnlocked, audit.NetworkLimited, audit.RefusalsRepeated, audit.SignInDoubted, audit.SignInAnswered}},
		{"endings", []audit.Kind{
			audit.SignedOut, audit.SignedOutEverywhere, audit.SessionRevoked, audit.SessionTerminated, audit.SessionSuspended, audit.SessionExpired,
			audit.BulkStarted, audit.LockedDown, audit.UserDisabled,
		}},
		{"factors", []audit.Kind{
			audit.MFAEnabled, audit.MFADisabled, audit.MethodAdded, audit.MethodRemoved, audit.MethodSuspended, audit.MethodResumed, audit.PasskeySuspended, audit.PasskeySynced, audit.MethodTampered,
			audit.BackupCodesMade, audit.BackupCodeUsed, audit.MFAReset, audit.MFARequirementMoved, audit.MFAExempted,
		}},
		{"devices", []audit.Kind{
			audit.DeviceAdded, audit.DeviceTrusted, audit.DeviceTrustEnded, audit.DeviceTrustOverdue, audit.DeviceSuspended, audit.DeviceResumed,
			audit.DeviceRevoked, audit.DeviceFlagged, audit.DeviceCleared, audit.DeviceCredentialReused,
		}},
	}
	all := activity{name: "all"}
	for _, a := range four {
		all.kinds = append(all.kinds, a.kinds...)
	}
	return append([]activity{all}, four...)
}()

// activityOf is the kind that an address asks for.
func activityOf(v *kit.Visit) activity {
	for _, a := range activities {
		if a.name == v.R.URL.Query().Get(activityParam) {
			return a
		}
	}
	return activities[0]
}

// filters are those of the audit log.
func (a activity) filters() url.Values {
	kinds := make([]string, len(a.kinds))
	for i, k := range a.kinds {
		kinds[i] = string(k)
	}
	return url.Values{"kind": kinds}
}

// dashboardActivity is what happened last.
type dashboardActivity struct {
	Lacks  string // what its reader lacks to see it, "" for nothing
	Kinds  []kit.Chip
	Rows   []logLine
	Live   *liveView
	Log    *kit.Anchor // all of it; nil for who may not read the log
	Digest bool        // the reader gets the weekly mail
	Choose string      // where that is chosen
	Choice string
	Weekly string // words of the button
}

// readActivity reads what happened last.
func (p *Pages) readActivity(v *kit.Visit, d *dashboardRead) (err error) {
	ctx := v.R.Context()
	d.of = activityOf(v)
	if d.digest, err = p.Dashboard.WantsDigest(ctx, d.reader); err != nil || !has(d.reader, access.UsersView) {
		return err
	}
	d.activity.reader = d.reader
	d.activity.list = kit.ListedWith(v.R, dashboardPath, list.Events, recentRows, d.of.filters())
	if d.activity.found, err = p.told(ctx, d.reader, d.activity.list.Query); err != nil {
		return err
	}
	var ids []string
	for _, e := range d.activity.found.Rows {
		ids = append(ids, e.UserID, e.ActorID)
	}
	d.activity.names, err = p.Accounts.Names(ctx, d.reader, ids)
	return err
}

func (d dashboardRead) activityView(s kit.Speaker) dashboardActivity {
	v := dashboardActivity{Digest: d.digest, Choose: digestPath, Choice: "yes", Weekly: s.T("dashboard.digestOn")}
	if d.digest {
		v.Choice, v.Weekly = "no", s.T("dashboard.digestOff")
	}
	if !has(d.reader, access.UsersView) {
		v.Lacks = s.T("dashboard.activityLacks", "Permission", s.T("permission."+string(access.UsersView)))
		return v
	}
	for _, a := range activities {
		v.Kinds = append(v.Kinds, kit.Chip{Text: s.T("dashboard.activity." + a.name), Path: d.path(activityParam, a.name) + "#activity", On: a.name == d.of.name})
	}
	for _, e := range d.activity.found.Rows {
		v.Rows = append(v.Rows, activityRow(s, d.activity, e))
	}
	v.Live = &liveView{Path: liveAt(s, activityPath, url.Values{activityParam: {d.of.name}}), Most: 2 * recentRows, On: d.live}
	if has(d.reader, access.AuditView) {
		v.Log = &kit.Anchor{Text: s.T("dashboard.log"), Path: kit.WithQuery(logPath, d.of.filters())}
	}
	return v
}

// activityRow is the row of the log, with links for who may follow them.
func activityRow(s kit.Speaker, of events, e sallyport.Event) logLine {
	row := of.line(s, e)
	if row.Path = ""; has(of.reader, access.AuditView) {
		row.Path = logPath + "/" + e.ID
	} else {
		row.From = ""
	}
	return row
}

// activityLive tells what happens meanwhile.
func (p *Pages) activityLive(v *kit.Visit) error {
	return p.tell(v, live{page: dashboardPath, need: account.NeedView, query: activityOf(v).filters(), read: p.told, row: activityRow})
}

// told are the events that whoever may see people is told of.
func (p *Pages) told(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[sallyport.Event], error) {
	found, err := p.Audit.About(ctx, actor, q)
	found.Rows = slices.DeleteFunc(found.Rows, func(e sallyport.Event) bool { return e.ID == "" })
	return found, err
}

// digestChoose says whether the reader wants the weekly mail.
func (p *Pages) digestChoose(v *kit.Visit) error {
	on := v.Value("weekly") == "yes"
	if err := p.Dashboard.WantDigest(v.R.Context(), p.Actor(v), on); err != nil {
		return err
	}
	said := "flash.dashboard.digestOff"
	if on {
		said = "flash.dashboard.digestOn"
	}
	return done(v, dashboardPath, said, 0)
}
