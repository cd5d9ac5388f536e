package admin

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const alertsPath = alert.Path

// alertPath is the page of an act on one channel of alerts.
func alertPath(id, act string) string { return alertsPath + "/" + id + "/" + act }

// alertFields are the fields of a channel that are shown again: its address is a secret.
var alertFields = []string{"name", "format", "topics", "named"}

// alertRoutes are the chats and tools that are told what happens.
func (p *Pages) alertRoutes() []kit.Route {
	routes := []kit.Route{
		{
			Pattern: "GET " + alertsPath, Guard: kit.SignedIn, Need: alert.NeedView, Do: p.alertList,
			Entry: kit.Entry{Section: kit.Settings, Words: "nav.alerts", Icon: "message"},
		},
		{Pattern: "POST " + alertPath("{id}", "test"), Guard: kit.SignedIn, Need: alert.NeedTest, Do: p.alertTest},
	}
	routes = append(routes, p.Form(kit.Form{Path: alertsPath + "/new", Need: alert.NeedManage, Keeps: alertFields, Fill: p.alertAddForm, Do: p.alertAdd})...)
	routes = append(routes, p.Form(kit.Form{Path: alertPath("{id}", "change"), Need: alert.NeedManage, Keeps: alertFields, Fill: p.alertChangeForm, Do: p.alertChange})...)
	return append(routes, p.Confirm(kit.Confirm{Path: alertPath("{id}", "remove"), Need: alert.NeedManage, Ask: p.alertRemoveAsk, Do: p.alertRemove})...)
}

// alertsView is Settings > Alerts.
type alertsView struct {
	Add   *kit.Anchor // nil for who may not, and where there are as many as can be
	Full  string      // that there are
	Rows  []alertRow
	Empty kit.EmptyView
}

// alertRow is one channel.
type alertRow struct {
	Name   string
	Where  string // host, and the end of the address
	Format string
	Status kit.Pill
	Topics string
	Named  string
	Last   *kit.Moment // when a message was last taken
	Wrong  string      // what became of the last one, where it was not taken
	Said   string
	Test   *kit.Anchor // where a test is posted; nil for who may not, and the next two
	Change *kit.Anchor
	Remove *kit.ConfirmView
}

// alertList shows the channels.
func (p *Pages) alertList(v *kit.Visit) error {
	found, err := p.Alerts.List(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "alert_list", v.T("alerts.heading"), viewAlerts(v.Speaker, p.Actor(v), found))
}

func viewAlerts(s kit.Speaker, reader sallyport.Actor, found []alert.Channel) *alertsView {
	v := &alertsView{Empty: kit.EmptyView{Icon: "message", Title: s.T("alerts.emptyTitle"), Text: s.T("alerts.emptyText")}}
	may := has(reader, access.WebhooksManage)
	switch {
	case may && len(found) < alert.MaxChannels:
		v.Add = &kit.Anchor{Text: s.T("alerts.add"), Path: alertsPath + "/new"}
		v.Empty.Action = v.Add
	case may:
		v.Full = s.T("alerts.full", "Max", strconv.Itoa(alert.MaxChannels))
	}
	for _, c := range found {
		v.Rows = append(v.Rows, viewAlert(s, c, may))
	}
	return v
}

func viewAlert(s kit.Speaker, c alert.Channel, may bool) alertRow {
	row := alertRow{
		Name: c.Name, Where: c.Host, Format: s.T("alerts.format." + c.Format), Status: alertStatus(s, c), Topics: alertTopics(s, c),
		Named: s.T("alerts.namesNobody"), Last: s.Since("alerts.taken", c.TakenAt),
	}
	if c.Hint != "" {
		row.Where += "/…" + c.Hint
	}
	if c.Named {
		row.Named = s.T("alerts.namesPeople")
	}
	if c.Last.Outcome != "" && !c.Works() {
		row.Wrong, row.Said = alertOutcome(s, c), c.Last.Said
	}
	if may {
		row.Test = &kit.Anchor{Text: s.T("alerts.test"), Path: alertPath(c.ID, "test")}
		row.Change, row.Remove = &kit.Anchor{Text: s.T("alerts.change"), Path: alertPath(c.ID, "change")}, askRemoveAlert(s, c)
	}
	return row
}

// alertStatus says whether a channel is told anything.
func alertStatus(s kit.Speaker, c alert.Channel) kit.Pill {
	switch {
	case !c.OffAt.IsZero():
		return kit.Pill{Tone: "bad", Icon: "ban", Text: s.T("alerts.off")}
	case c.Last.Outcome == "":
		return kit.Pill{Tone: "plain", Icon: "circle-dashed", Text: s.T("alerts.untried")}
	case c.Works():
		return kit.Pill{Tone: "good", Icon: "circle-check", Text: s.T("alerts.works")}
	}
	return kit.Pill{Tone: "warn", Icon: "alert-triangle", Text: s.N("alerts.failing", c.Failed)}
}

func alertTopics(s kit.Speaker, c alert.Channel) string {
	if len(c.Topics) == len(notify.AlertTopics) {
		return s.T("alerts.everything")
	}
	names := make([]string, len(c.Topics))
	for i, t := range c.Topics {
		names[i] = s.T("alerts.topic." + string(t))
	}
	return strings.Join(names, ", ")
}

// alertOutcome says in words what became of the last message.
func alertOutcome(s kit.Speaker, c alert.Channel) string {
	service := s.T("alerts.format." + c.Format)
	if c.Format == notify.AlertJSON {
		service = c.Host
	}
	return s.T("alerts.outcome."+c.Last.Outcome, "Service", service, "Status", strconv.Itoa(c.Last.Status), "Host", c.Host)
}

// alertTest sends a message at once, and shows what became of it.
func (p *Pages) alertTest(v *kit.Visit) error {
	result, err := p.Alerts.Test(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	if err != nil {
		return err
	}
	said := "flash.admin.alertNotTaken"
	if result.Outcome == notify.AlertTaken {
		said = "flash.admin.alertTaken"
	}
	return done(v, alertsPath, said, 0)
}

// alertInput is what stands in the form of a channel.
func alertInput(v *kit.Visit) alert.Input {
	return alert.Input{Name: v.Value("name"), Format: v.Value("format"), Address: strings.TrimSpace(v.Value("address")), Topics: v.Values("topics"), Named: v.Value("named") == "yes"}
}

// alertAddForm asks where to tell what.
func (p *Pages) alertAddForm(v *kit.Visit) (*kit.FormView, error) {
	if err := p.may(v, alert.NeedManage); err != nil {
		return nil, err
	}
	return viewAlertForm(v.Speaker, nil), nil
}

// alertAdd adds a channel.
func (p *Pages) alertAdd(v *kit.Visit) error {
	if err := p.may(v, alert.NeedManage); err != nil {
		return err
	}
	if _, err := p.Alerts.Add(v.R.Context(), p.Actor(v), alertInput(v)); err != nil {
		return err
	}
	return done(v, alertsPath, "flash.admin.alertAdded", 0)
}

// alertToChange returns the channel of the address, once the reader may change it and has proven enough.
func (p *Pages) alertToChange(v *kit.Visit) (alert.Channel, error) {
	if err := p.may(v, alert.NeedManage); err != nil {
		return alert.Channel{}, err
	}
	return p.Alerts.Get(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
}

// alertChangeForm asks what a channel shall be from now on.
func (p *Pages) alertChangeForm(v *kit.Visit) (*kit.FormView, error) {
	c, err := p.alertToChange(v)
	if err != nil {
		return nil, err
	}
	return viewAlertForm(v.Speaker, &c), nil
}

// alertChange makes it that.
func (p *Pages) alertChange(v *kit.Visit) error {
	c, err := p.alertToChange(v)
	if err != nil {
		return err
	}
	if _, err := p.Alerts.Change(v.R.Context(), p.Actor(v), c.ID, alertInput(v)); err != nil {
		return err
	}
	return done(v, alertsPath, "flash.admin.alertChanged", 0)
}

// viewAlertForm is the form of a channel, or of a new one.
func viewAlertForm(s kit.Speaker, c *alert.Channel) *kit.FormView {
	f := &kit.FormView{
		Path: alertsPath + "/new", Back: alertsPath, Icon: "message", Wide: true,
		Title: s.T("alerts.addTitle"), Lead: s.T("alerts.addLead"), Act: s.T("alerts.addAct"),
	}
	name := kit.TextField("name", s.T("field.name"), "", "off")
	name.MaxLength, name.Focus, name.Hint = line.MaxLength, true, s.T("alerts.nameHint")
	address := kit.TextField("address", s.T("alerts.address"), "", "off")
	address.Type, address.InputMode, address.MaxLength, address.Plain, address.Mono, address.Hint = "url", "url", 2048, true, true, s.T("alerts.addressHint")
	format, topics, named := formatField(s), topicField(s), namedField(s)
	if c == nil {
		format.Choose(notify.AlertSlack)
		topics.Choose(topicNames(notify.AlertTopics)...)
		named.Choose("no")
	} else {
		f.Path, f.Title, f.Lead, f.Act = alertPath(c.ID, "change"), s.T("alerts.changeTitle", "Name", c.Name), s.T("alerts.changeLead"), s.T("alerts.changeAct")
		name.Value, address.Optional, address.Hint = c.Name, true, s.T("alerts.addressKeeps", "Host", c.Host)
		format.Choose(c.Format)
		topics.Choose(topicNames(c.Topics)...)
		named.Choose(map[bool]string{true: "yes", false: "no"}[c.Named])
	}
	f.Fields = []*kit.Field{&name, format, &address, topics, named}
	return f
}

func topicNames(topics []notify.AlertTopic) []string {
	names := make([]string, len(topics))
	for i, t := range topics {
		names[i] = string(t)
	}
	return names
}

func formatField(s kit.Speaker) *kit.Field {
	f := &kit.Field{Name: "format", Label: s.T("alerts.formatLabel"), Type: "radio"}
	for _, name := range notify.AlertFormats {
		f.Options = append(f.Options, kit.Option{Value: name, Text: s.T("alerts.format." + name), Help: s.T("alerts.formatHelp." + name)})
	}
	return f
}

func topicField(s kit.Speaker) *kit.Field {
	f := &kit.Field{Name: "topics", Label: s.T("alerts.topicsLabel"), Type: "checkbox"}
	for _, t := range notify.AlertTopics {
		f.Options = append(f.Options, kit.Option{Value: string(t), Text: s.T("alerts.topic." + string(t)), Help: s.T("alerts.help." + string(t))})
	}
	return f
}

func namedField(s kit.Speaker) *kit.Field {
	return &kit.Field{Name: "named", Label: s.T("alerts.namedLabel"), Type: "radio", Options: []kit.Option{
		{Value: "no", Text: s.T("alerts.namesNobody"), Help: s.T("alerts.namesNobodyHelp")},
		{Value: "yes", Text: s.T("alerts.namesPeople"), Help: s.T("alerts.namesPeopleHelp")},
	}}
}

// alertRemoveAsk asks before a chat is told nothing any more.
func (p *Pages) alertRemoveAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	c, err := p.alertToChange(v)
	if err != nil {
		return nil, err
	}
	return askRemoveAlert(v.Speaker, c), nil
}

// alertRemove removes the channel.
func (p *Pages) alertRemove(v *kit.Visit) error {
	if err := p.Alerts.Remove(v.R.Context(), p.Actor(v), v.R.PathValue("id")); err != nil {
		return err
	}
	return done(v, alertsPath, "flash.admin.alertRemoved", 0)
}

func askRemoveAlert(s kit.Speaker, c alert.Channel) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "remove-" + c.ID, Path: alertPath(c.ID, "remove"), Back: alertsPath, Icon: "trash",
		Text: s.T("alerts.remove"), Label: s.T("alerts.removeLabel", "Name", c.Name),
		Title: s.T("alerts.removeTitle", "Name", c.Name), Lines: []string{s.T("alerts.removeText")}, Act: s.T("alerts.removeAct"),
	}
}
