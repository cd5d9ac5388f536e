package admin

import (
	"cmp"
	"net/http"
	"net/url"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const newBlockPath = blocksPath + "/new"

// blockRoutes are the networks that are blocked, and the acts on them.
func (p *Pages) blockRoutes() []kit.Route {
	routes := []kit.Route{{Pattern: "GET " + blocksPath, Guard: kit.SignedIn, Need: account.NeedAttempts, Do: p.blockList}}
	routes = append(routes, p.Form(kit.Form{Path: newBlockPath, Need: account.NeedBlock, Keeps: []string{"network", "for", "reason", "includingMine"}, Fill: p.blockForm, Do: p.block})...)
	return append(routes, p.Confirm(kit.Confirm{Path: blocksPath + "/{id}/lift", Need: account.NeedBlock, Ask: p.blockLiftAsk, Do: p.blockLift})...)
}

// blockNew is the form that blocks a network and leads back to a page.
func blockNew(network, back string) string {
	return kit.WithQuery(newBlockPath, url.Values{"network": {network}, "back": {back}})
}

// blocksView is the list of blocked networks.
type blocksView struct {
	Tabs  []kit.Tab
	Add   *kit.Anchor // nil for who may not
	Rows  []blockRow
	Empty kit.EmptyView
	Pages kit.PagesView
}

type blockRow struct {
	Network, Reason, By string
	Since               kit.Moment
	Until               string
	All                 string           // where the attempts from there are
	Lift                *kit.ConfirmView // nil for who may not
}

// blockList shows which networks are blocked, by whom and why, until when.
func (p *Pages) blockList(v *kit.Visit) error {
	ctx, reader := v.R.Context(), p.Actor(v)
	l := kit.Listed(v.R, blocksPath, list.Blocks, registered)
	found, err := p.Accounts.ListBlocks(ctx, reader, l.Query)
	if err != nil {
		return err
	}
	var by []string
	for _, b := range found.Rows {
		by = append(by, b.CreatedBy)
	}
	names, err := p.Accounts.Names(ctx, reader, by)
	if err != nil {
		return err
	}
	view := viewBlocks(v.Speaker, reader, found.Rows, names)
	view.Pages = l.Pages(found.Next)
	return p.Show(v, http.StatusOK, "block_list", v.T("blocks.heading"), view)
}

func viewBlocks(s kit.Speaker, reader sallyport.Actor, found []sallyport.NetworkBlock, names map[string]sallyport.User) *blocksView {
	v := &blocksView{Tabs: attemptTabs(s, blocksPath), Empty: kit.EmptyView{Icon: "world", Title: s.T("blocks.emptyTitle"), Text: s.T("blocks.emptyText")}}
	may := has(reader, access.SessionsTerminate)
	if may {
		v.Add = &kit.Anchor{Text: s.T("blocks.add"), Path: newBlockPath}
	}
	for _, b := range found {
		network := account.NetworkText(b.Network)
		row := blockRow{
			Network: network, Reason: b.Reason, By: s.T("blocks.byOperator"), Since: s.Moment("time.plain", b.CreatedAt), Until: s.Exact(b.ExpiresAt, s.Zone),
			All: kit.WithQuery(attemptsPath, url.Values{"ip": {network}}),
		}
		if b.CreatedBy != string(sallyport.ActorOperator) {
			u := names[b.CreatedBy]
			row.By = cmp.Or(u.Name(), s.T("blocks.bySomebody"))
		}
		if may {
			row.Lift = askLift(s, b, blocksPath)
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// blockUntil says when a block ends.
func blockUntil(s kit.Speaker, b sallyport.NetworkBlock) string {
	return s.T("blocks.until", "Time", s.Exact(b.ExpiresAt, s.Zone))
}

// askLift asks before a block ends; back is where that leads.
func askLift(s kit.Speaker, b sallyport.NetworkBlock, back string) *kit.ConfirmView {
	network := account.NetworkText(b.Network)
	return &kit.ConfirmView{
		ID: "lift-" + b.ID, Path: kit.WithBack(blocksPath+"/"+b.ID+"/lift", back), Back: back, Icon: "circle-check", Calm: true,
		Text: s.T("blocks.lift"), Label: s.T("blocks.liftLabel", "Network", network),
		Title: s.T("blocks.liftTitle", "Network", network), Lines: []string{s.T("blocks.liftText")}, Act: s.T("blocks.liftAct"),
	}
}

// blockLiftAsk asks before a block ends.
func (p *Pages) blockLiftAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	if err := p.may(v, account.NeedBlock); err != nil {
		return nil, err
	}
	b, err := p.Accounts.BlockByID(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return askLift(v.Speaker, b, kit.BackTo(v, blocksPath)), nil
}

// blockLift ends it.
func (p *Pages) blockLift(v *kit.Visit) error {
	if err := p.Accounts.Lift(v.R.Context(), p.Actor(v), v.R.PathValue("id")); err != nil {
		return err
	}
	return done(v, kit.BackTo(v, blocksPath), "flash.admin.networkUnblocked", 0)
}

// blockTimes are how long a network can be blocked for, by the values of the form.
var blockTimes = []struct {
	name string
	time time.Duration
}{{"hour", time.Hour}, {"eightHours", 8 * time.Hour}, {"day", 24 * time.Hour}, {"week", 7 * 24 * time.Hour}, {"month", account.LongestBlock}}

// blockForm asks which network to block, for how long and why. Of a network that is named already
// it says whom the block concerns.
func (p *Pages) blockForm(v *kit.Visit) (*kit.FormView, error) {
	if err := p.may(v, account.NeedBlock); err != nil {
		return nil, err
	}
	again := p.Left(v)
	network := cmp.Or(again.Value("network"), v.R.URL.Query().Get("network"))
	var reach *account.Reach
	if network != "" && has(p.Actor(v), access.SessionsView) {
		found, err := p.Accounts.ReachOf(v.R.Context(), p.Actor(v), network)
		switch {
		case err == nil:
			reach = &found
		case kit.AsInvalid(err) == nil:
			return nil, err
		}
	}
	refused := again.Refused()
	own := refused != nil && refused.Code == sallyport.CodeOwnNetwork
	return viewBlock(v.Speaker, network, reach, own, kit.BackTo(v, blocksPath)), nil
}

// viewBlock is the form. It asks whether one's own network is meant where that is so; own: it was
// refused for that, and says so already.
func viewBlock(s kit.Speaker, network string, reach *account.Reach, own bool, back string) *kit.FormView {
	where := kit.TextField("network", s.T("blocks.network"), network, "off")
	where.Plain, where.MaxLength, where.Focus, where.Hint = true, 64, network == "", s.T("blocks.networkHint")
	if reach != nil {
		where.Hint = s.N("blocks.reach", reach.Sessions)
		switch {
		case reach.Sessions == 0:
			where.Hint = s.T("blocks.reachNone")
		case reach.More:
			where.Hint = s.T("blocks.reachMore", "Count", s.Number(reach.Sessions))
		}
	}
	long := kit.Field{Name: "for", Label: s.T("blocks.for"), Type: "select"}
	for _, t := range blockTimes {
		long.Options = append(long.Options, kit.Option{Value: t.name, Text: s.T("blocks.for." + t.name), On: t.name == "day"})
	}
	reason := kit.TextField("reason", s.T("blocks.reason"), "", "off")
	reason.MaxLength, reason.Focus = 100, network != ""
	fields := []*kit.Field{&where, &long, &reason}
	if mine := reach != nil && reach.Own != ""; own || mine {
		help := s.T("blocks.ownHelp")
		if mine && !own {
			help = s.T("blocks.ownHelpOf", "Address", reach.Own)
		}
		fields = append(fields, &kit.Field{Name: "includingMine", Label: s.T("blocks.own"), Type: "checkbox",
			Options: []kit.Option{{Value: "yes", Text: s.T("blocks.ownYes"), Help: help}}})
	}
	return &kit.FormView{
		Path: kit.WithBack(newBlockPath, back), Back: back, Icon: "ban", Title: s.T("blocks.title"), Lead: s.T("blocks.formLead"), Fields: fields, Act: s.T("blocks.act"),
	}
}

// block blocks the network.
func (p *Pages) block(v *kit.Visit) error {
	if err := p.may(v, account.NeedBlock); err != nil {
		return err
	}
	n := account.NewBlock{Network: v.Value("network"), Until: v.Now, Reason: v.Value("reason"), IncludingMine: v.Value("includingMine") == "yes"}
	for _, t := range blockTimes {
		if t.name == v.Value("for") {
			n.Until = v.Now.Add(t.time)
		}
	}
	back := kit.BackTo(v, blocksPath)
	_, err := p.Accounts.Block(v.R.Context(), p.Actor(v), n)
	e := kit.AsError(err)
	switch {
	case err == nil:
		return done(v, back, "flash.admin.networkBlocked", 0)
	case e != nil && e.Code == sallyport.CodeOwnNetwork:
		return p.SendBack(v, kit.WithBack(newBlockPath, back), err)
	case e != nil && e.Obstacle == sallyport.NetworkIsBlocked:
		return sallyport.Invalid(sallyport.FieldError{Field: "network", Code: "already_blocked"})
	case e != nil && e.Obstacle == sallyport.TooManyBlocks:
		return sallyport.Invalid(sallyport.FieldError{Field: "network", Code: "too_many_blocks"})
	}
	return err
}
