package admin

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/webhook"
)

const webhooksPath = webhook.Path

// webhookPath is the page of a webhook, or that of an act on it.
func webhookPath(id string, act ...string) string {
	return strings.Join(append([]string{webhooksPath, id}, act...), "/")
}

// webhookFields are the fields of a webhook that are shown again: its address can be a secret.
var webhookFields = []string{"name", "groups", "kinds"}

// webhookRoutes are the programs that are sent events.
func (p *Pages) webhookRoutes() []kit.Route {
	routes := []kit.Route{
		{
			Pattern: "GET " + webhooksPath, Guard: kit.SignedIn, Need: webhook.NeedView, Do: p.webhookList,
			Entry: kit.Entry{Section: kit.Settings, Words: "nav.webhooks", Icon: "plug-connected"},
		},
		{Pattern: "GET " + webhookPath("{id}"), Guard: kit.SignedIn, Need: webhook.NeedView, Do: p.webhookShow},
		{Pattern: "POST " + webhookPath("{id}", "test"), Guard: kit.SignedIn, Need: webhook.NeedSend, Do: p.webhookTest},
		{Pattern: "POST " + webhookPath("{id}", "resend"), Guard: kit.SignedIn, Need: webhook.NeedSend, Do: p.webhookResend},
	}
	for _, more := range [][]kit.Route{
		p.Form(kit.Form{Path: webhooksPath + "/new", Need: webhook.NeedManage, Keeps: webhookFields, Fill: p.webhookAddForm, Do: p.webhookAdd}),
		p.Form(kit.Form{Path: webhookPath("{id}", "change"), Need: webhook.NeedManage, Keeps: webhookFields, Fill: p.webhookChangeForm, Do: p.webhookChange}),
		p.Form(kit.Form{Path: webhookPath("{id}", "rotate"), Need: webhook.NeedManage, Keeps: []string{"overlapHours"}, Fill: p.webhookRotateForm, Do: p.webhookRotate}),
		p.Form(kit.Form{Path: webhookPath("{id}", "replay"), Need: webhook.NeedManage, Keeps: []string{"position"}, Fill: p.webhookReplayForm, Do: p.webhookReplay}),
		p.Confirm(kit.Confirm{Path: webhookPath("{id}", "remove"), Need: webhook.NeedManage, Ask: p.webhookRemoveAsk, Do: p.webhookRemove}),
	} {
		routes = append(routes, more...)
	}
	return routes
}

// webhooksView is Settings > Webhooks.
type webhooksView struct {
	Add   *kit.Anchor // nil for who may not, and where there are as many as can be
	Full  string      // that there are
	Rows  []webhookRow
	Empty kit.EmptyView
}

// webhookRow is one webhook.
type webhookRow struct {
	Name, Path string
	Where      string // host, and the end of the address
	Kinds      string
	Status     kit.Pill
	Last       *kit.Moment // when an event was last taken
	Wrong      string      // what became of the last one, where it was not taken
}

// webhookList shows the webhooks.
func (p *Pages) webhookList(v *kit.Visit) error {
	found, err := p.Webhooks.List(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "webhook_list", v.T("webhooks.heading"), viewWebhooks(v.Speaker, p.Actor(v), found))
}

// manages reports whether somebody may change webhooks.
func manages(reader sallyport.Actor) bool {
	return has(reader, access.WebhooksManage) && webhook.Reads(reader) == nil
}

func viewWebhooks(s kit.Speaker, reader sallyport.Actor, found []webhook.Webhook) *webhooksView {
	v := &webhooksView{Empty: kit.EmptyView{Icon: "plug-connected", Title: s.T("webhooks.emptyTitle"), Text: s.T("webhooks.emptyText")}}
	switch may := manages(reader); {
	case may && len(found) < webhook.MaxWebhooks:
		v.Add = &kit.Anchor{Text: s.T("webhooks.add"), Path: webhooksPath + "/new"}
		v.Empty.Action = v.Add
	case may:
		v.Full = s.T("webhooks.full", "Max", strconv.Itoa(webhook.MaxWebhooks))
	}
	for _, w := range found {
		v.Rows = append(v.Rows, viewWebhookRow(s, w))
	}
	return v
}

func viewWebhookRow(s kit.Speaker, w webhook.Webhook) webhookRow {
	row := webhookRow{
		Name: w.Name, Path: webhookPath(w.ID), Where: webhookWhere(w), Kinds: webhookKinds(s, w.Kinds), Status: webhookStatus(s, w),
		Last: s.Since("webhooks.taken", w.TakenAt),
	}
	if w.Failed > 0 {
		row.Wrong = webhookOutcome(s, w.Host, w.Last)
	}
	return row
}

// webhookWhere is what is shown of an address.
func webhookWhere(w webhook.Webhook) string {
	if w.Hint == "" {
		return w.Host
	}
	return w.Host + "/…" + w.Hint
}

// webhookKinds are the events that a webhook hears of, in words.
func webhookKinds(s kit.Speaker, names []string) string {
	if len(names) == len(audit.Groups) && strings.Join(names, " ") == strings.Join(webhook.GroupNames(), " ") {
		return s.T("webhooks.everything")
	}
	return strings.Join(s.KindNames(names), ", ")
}

// webhookStatus says whether a webhook is sent anything.
func webhookStatus(s kit.Speaker, w webhook.Webhook) kit.Pill {
	switch {
	case !w.OffAt.IsZero():
		return kit.Pill{Tone: "bad", Icon: "ban", Text: s.T("webhooks.off")}
	case w.Failed > 0:
		return kit.Pill{Tone: "warn", Icon: "alert-triangle", Text: s.N("webhooks.failing", w.Failed)}
	case w.TakenAt.IsZero():
		return kit.Pill{Tone: "plain", Icon: "circle-dashed", Text: s.T("webhooks.untried")}
	}
	return kit.Pill{Tone: "good", Icon: "circle-check", Text: s.T("webhooks.works")}
}

// webhookOutcome says in words what became of a try.
func webhookOutcome(s kit.Speaker, host string, a webhook.Answer) string {
	return s.T("webhooks.outcome."+a.Outcome, "Status", strconv.Itoa(a.Status), "Host", host)
}

// mayHook returns nil when the reader may change webhooks and has proven enough.
func (p *Pages) mayHook(v *kit.Visit) error {
	if err := p.may(v, webhook.NeedManage); err != nil {
		return err
	}
	return webhook.Reads(p.Actor(v))
}

// webhookToChange returns the webhook of the address, once the reader may change it and has proven enough.
func (p *Pages) webhookToChange(v *kit.Visit) (webhook.Webhook, error) {
	if err := p.mayHook(v); err != nil {
		return webhook.Webhook{}, err
	}
	return p.Webhooks.Get(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
}

// webhookInput is what stands in the form of a webhook.
func webhookInput(v *kit.Visit) webhook.Input {
	return webhook.Input{Name: v.Value("name"), Address: strings.TrimSpace(v.Value("address")), Kinds: append(v.Values("groups"), strings.Fields(v.Value("kinds"))...)}
}

// webhookAddForm asks where to send what.
func (p *Pages) webhookAddForm(v *kit.Visit) (*kit.FormView, error) {
	if err := p.mayHook(v); err != nil {
		return nil, err
	}
	return viewWebhookForm(v.Speaker, nil), nil
}

// webhookAdd adds a webhook, and shows its secret.
func (p *Pages) webhookAdd(v *kit.Visit) error {
	if err := p.mayHook(v); err != nil {
		return err
	}
	made, err := p.Webhooks.Add(v.R.Context(), p.Actor(v), webhookInput(v))
	if err != nil {
		return err
	}
	return p.webhookSecret(v, made)
}

// webhookSecret shows the secret of a webhook, once.
func (p *Pages) webhookSecret(v *kit.Visit, made webhook.Made) error {
	view := viewWebhookSecret(v.Speaker, made)
	return p.Show(v, http.StatusOK, "key_secret", view.Title, view)
}

func viewWebhookSecret(s kit.Speaker, m webhook.Made) *kit.SecretView {
	v := &kit.SecretView{
		Title: s.T("webhooks.madeTitle", "Name", m.Name), Lead: s.T("webhooks.madeLead"), Once: s.ShownOnce(),
		Facts: []kit.SecretFact{{ID: "secret", Label: s.T("webhooks.secret"), Value: m.Secret}},
		Use:   s.T("webhooks.use"), Back: kit.Anchor{Text: s.T("apiKeys.kept"), Path: webhookPath(m.ID)},
	}
	if !m.RotatedAt.IsZero() {
		v.Title, v.Former = s.T("webhooks.replacedTitle", "Name", m.Name), s.T("webhooks.formerStopped")
		if !m.FormerUntil.IsZero() {
			v.Former = s.T("webhooks.former", "Time", s.Exact(m.FormerUntil, s.Zone))
		}
	}
	return v
}

// webhookChangeForm asks what a webhook shall be from now on.
func (p *Pages) webhookChangeForm(v *kit.Visit) (*kit.FormView, error) {
	w, err := p.webhookToChange(v)
	if err != nil {
		return nil, err
	}
	return viewWebhookForm(v.Speaker, &w), nil
}

// webhookChange makes it that.
func (p *Pages) webhookChange(v *kit.Visit) error {
	w, err := p.webhookToChange(v)
	if err != nil {
		return err
	}
	if _, err := p.Webhooks.Change(v.R.Context(), p.Actor(v), w.ID, webhookInput(v)); err != nil {
		return err
	}
	return done(v, webhookPath(w.ID), "flash.admin.webhookChanged", 0)
}

// viewWebhookForm is the form of a webhook, or of a new one.
func viewWebhookForm(s kit.Speaker, w *webhook.Webhook) *kit.FormView {
	f := &kit.FormView{
		Path: webhooksPath + "/new", Back: webhooksPath, Icon: "plug-connected", Wide: true,
		Title: s.T("webhooks.addTitle"), Lead: s.T("webhooks.addLead"), Act: s.T("webhooks.addAct"),
	}
	name := kit.TextField("name", s.T("field.name"), "", "off")
	name.MaxLength, name.Focus, name.Hint = line.MaxLength, true, s.T("webhooks.nameHint")
	address := kit.TextField("address", s.T("webhooks.address"), "", "off")
	address.Type, address.InputMode, address.MaxLength, address.Plain, address.Mono, address.Hint = "url", "url", 2048, true, true, s.T("webhooks.addressHint")
	groups := &kit.Field{Name: "groups", Label: s.T("webhooks.groups"), Type: "checkbox", Hint: s.T("webhooks.groupsHint"), Optional: true}
	for _, g := range webhook.GroupNames() {
		groups.Options = append(groups.Options, kit.Option{Value: g, Text: s.T("activity.group." + g)})
	}
	kinds := &kit.Field{Name: "kinds", Label: s.T("webhooks.kinds"), Type: "textarea", Rows: 2, Plain: true, Mono: true, Optional: true, Hint: s.T("webhooks.kindsHint")}
	groups.Choose(webhook.GroupNames()...)
	if w != nil {
		f.Path, f.Back, f.Title, f.Lead, f.Act = webhookPath(w.ID, "change"), webhookPath(w.ID), s.T("webhooks.changeTitle", "Name", w.Name), s.T("webhooks.changeLead"), s.T("webhooks.changeAct")
		name.Value, address.Optional, address.Hint = w.Name, true, s.T("webhooks.addressKeeps", "Host", w.Host)
		groups.Choose(w.Kinds...)
		kinds.Value = strings.Join(singleKinds(w.Kinds), "\n")
	}
	f.Fields = []*kit.Field{&name, &address, groups, kinds}
	return f
}

// singleKinds are those names that are no groups.
func singleKinds(names []string) (kinds []string) {
	for _, name := range names {
		if _, ok := audit.Of(audit.Kind(name)); ok {
			kinds = append(kinds, name)
		}
	}
	return kinds
}

// webhookRotateForm asks how long the former secret goes on to sign.
func (p *Pages) webhookRotateForm(v *kit.Visit) (*kit.FormView, error) {
	w, err := p.webhookToChange(v)
	if err != nil {
		return nil, err
	}
	return viewRotateWebhook(v.Speaker, w), nil
}

// rotation names the secret that a form is about, so that it replaces no other one when it is sent again.
func rotation(w webhook.Webhook) string { return strconv.FormatInt(w.RotatedAt.UnixMicro(), 36) }

func viewRotateWebhook(s kit.Speaker, w webhook.Webhook) *kit.FormView {
	f := kit.RotateField(s)
	f.Label, f.Hint = s.T("webhooks.overlap"), s.T("webhooks.overlapHint")
	return &kit.FormView{
		Path: kit.WithQuery(webhookPath(w.ID, "rotate"), url.Values{"of": {rotation(w)}}), Back: webhookPath(w.ID), Icon: "refresh",
		Title: s.T("webhooks.rotateTitle", "Name", w.Name), Lead: s.T("webhooks.rotateLead"), Fields: []*kit.Field{f}, Act: s.T("webhooks.rotate"),
	}
}

// webhookRotate gives it another secret, and shows that.
func (p *Pages) webhookRotate(v *kit.Visit) error {
	w, err := p.webhookToChange(v)
	if err != nil {
		return err
	}
	if v.R.URL.Query().Get("of") != rotation(w) { // the form is sent again
		return done(v, webhookPath(w.ID), "flash.admin.webhookRotated", 0)
	}
	made, err := p.Webhooks.Rotate(v.R.Context(), p.Actor(v), w.ID, kit.Overlap(v))
	if err != nil {
		return err
	}
	return p.webhookSecret(v, made)
}

// webhookReplayForm asks where a webhook goes on.
func (p *Pages) webhookReplayForm(v *kit.Visit) (*kit.FormView, error) {
	w, err := p.webhookToChange(v)
	if err != nil {
		return nil, err
	}
	size, err := p.Webhooks.Size(v.R.Context(), p.Actor(v))
	return viewReplay(v.Speaker, w, size), err
}

func viewReplay(s kit.Speaker, w webhook.Webhook, size int64) *kit.FormView {
	position := kit.TextField("position", s.T("webhooks.position"), strconv.FormatInt(w.Position, 10), "off")
	position.InputMode, position.MaxLength, position.Focus, position.Plain = "numeric", 18, true, true
	position.Hint = s.T("webhooks.positionHint", "Size", strconv.FormatInt(size, 10))
	return &kit.FormView{
		Path: webhookPath(w.ID, "replay"), Back: webhookPath(w.ID), Icon: "refresh", Title: s.T("webhooks.replayTitle", "Name", w.Name),
		Lead: s.T("webhooks.replayLead"), Fields: []*kit.Field{&position}, Act: s.T("webhooks.replayAct"),
	}
}

// webhookReplay lets it go on there.
func (p *Pages) webhookReplay(v *kit.Visit) error {
	w, err := p.webhookToChange(v)
	if err != nil {
		return err
	}
	position, err := strconv.ParseInt(strings.TrimSpace(v.Value("position")), 10, 64)
	if err != nil {
		position = -1
	}
	if _, err := p.Webhooks.Replay(v.R.Context(), p.Actor(v), w.ID, position); err != nil {
		return err
	}
	return done(v, webhookPath(w.ID), "flash.admin.webhookReplayed", 0)
}

// webhookRemoveAsk asks before a program is sent nothing any more.
func (p *Pages) webhookRemoveAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	if err := p.may(v, webhook.NeedManage); err != nil {
		return nil, err
	}
	w, err := p.Webhooks.Get(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	return askRemoveWebhook(v.Speaker, w), err
}

// webhookRemove removes it.
func (p *Pages) webhookRemove(v *kit.Visit) error {
	if err := p.Webhooks.Remove(v.R.Context(), p.Actor(v), v.R.PathValue("id")); err != nil {
		return err
	}
	return done(v, webhooksPath, "flash.admin.webhookRemoved", 0)
}

func askRemoveWebhook(s kit.Speaker, w webhook.Webhook) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "remove-" + w.ID, Path: webhookPath(w.ID, "remove"), Back: webhookPath(w.ID), Icon: "trash", Text: s.T("webhooks.remove"),
		Title: s.T("webhooks.removeTitle", "Name", w.Name), Lines: []string{s.T("webhooks.removeText")}, Act: s.T("webhooks.removeAct"),
	}
}
