package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apps"
)

func (e *edge) addApps() {
	handle(e, get("listApps", "/apps", "The apps, by name").needs(apps.NeedView), e.listApps)
	handle(e, get("getApp", "/apps/{id}", "One app", http.StatusNotFound).needs(apps.NeedView), e.getApp)
	handle(e, get("explainAddress", "/app-rule", "Which rule decides an address of an app", http.StatusNotFound, http.StatusUnprocessableEntity).
		says("404 where no app has the scheme and host of the address: nobody gets in there.").needs(apps.NeedView), e.explainAddress)

	add := post("addApp", "/apps", "Add an app", withBody()...)
	add.Description = "422 taken when an app has the name or the address, so that a repeated call makes no second one."
	add.DefaultStatus = http.StatusCreated
	handle(e, add.needs(apps.NeedManage), e.addApp)

	handle(e, post("changeApp", "/apps/{id}", "Change an app", withBody(http.StatusNotFound, http.StatusConflict)...).
		says("It replaces every field. With a version, it only does where the app still has that one. The rules hold from the next request on, on every node.").
		needs(apps.NeedManage), e.changeApp)
	handle(e, post("removeApp", "/apps/{id}/remove", "Remove an app", http.StatusNotFound).
		says("Nobody gets in there any more, also who is there now. A repeated call answers 404.").needs(apps.NeedManage), e.onID(e.Apps.Remove))

	exchange := post("beginAppSession", "/app-sessions", "Exchange the code of a browser for its pass to an app", withBody(http.StatusNotFound)...)
	exchange.Description = "An app that asks here by itself sends a browser to /apps/enter with app, to (an address of the app) and state, the SHA-256 of a secret " +
		"that it put into a cookie, in base64url. The browser comes back to /.sallyport/enter on the app's host with a code. It is good once, within a minute, with " +
		"that secret. The token is for GET /session alone, as bearer token, and ends with the session. 404 link_expired for every other code."
	exchange.DefaultStatus = http.StatusCreated
	handle(e, exchange, e.beginAppSession)
}

// appRuleRecord says who gets to some addresses of an app.
type appRuleRecord struct {
	Path         string   `json:"path" minLength:"1" maxLength:"500" doc:"The path of one address, or one that ends with /* for it and everything below. The longest one that fits decides; where none does, nobody gets in."`
	Public       bool     `json:"public,omitempty" doc:"Everybody gets in, signed in or not. Then the rule asks for nothing else."`
	Roles        []string `json:"roles,omitempty" doc:"Ids or names. Who has one of the roles, or is in one of the groups, gets in; without any, everybody of the organisation."`
	Groups       []string `json:"groups,omitempty" doc:"Ids or names."`
	Permissions  []string `json:"permissions,omitempty" doc:"All of them are needed."`
	Level        int      `json:"trustLevel,omitempty" minimum:"0" maximum:"3" doc:"The trust that the device needs."`
	Factor       bool     `json:"factor,omitempty" doc:"The session needs a second factor."`
	FreshMinutes int      `json:"freshMinutes,omitempty" minimum:"0" maximum:"1440" doc:"How old the proof by a second factor may be: 5 or more; 0 for any age."`
}

// appRecord is an app.
type appRecord struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Address   string          `json:"address" doc:"Scheme, host and port."`
	Rules     []appRuleRecord `json:"rules" nullable:"false" doc:"Roles and groups are ids."`
	Preflight bool            `json:"preflight" doc:"Browsers may ask without a session whether a script of another site may call the app (CORS)."`
	Version   int64           `json:"version" minimum:"1" doc:"Counts changes."`
	CreatedAt time.Time       `json:"createdAt"`
	ChangedAt time.Time       `json:"changedAt"`
}

func showAppRule(r sallyport.AppRule) appRuleRecord {
	return appRuleRecord{
		Path: r.Path, Public: r.Public, Roles: each(r.Roles, func(v sallyport.Role) string { return string(v) }), Groups: r.Groups,
		Permissions: r.Permissions, Level: int(r.Level), Factor: r.Factor, FreshMinutes: r.Fresh,
	}
}

func (r appRuleRecord) rule() sallyport.AppRule {
	return sallyport.AppRule{
		Path: r.Path, Public: r.Public, Roles: each(r.Roles, func(v string) sallyport.Role { return sallyport.Role(v) }), Groups: r.Groups,
		Permissions: r.Permissions, Level: sallyport.TrustLevel(r.Level), Factor: r.Factor, Fresh: r.FreshMinutes,
	}
}

func showApp(a sallyport.App) appRecord {
	return appRecord{
		ID: a.ID, Name: a.Name, Address: a.Origin, Rules: each(a.Rules, showAppRule), Preflight: a.Preflight, Version: a.Version,
		CreatedAt: a.CreatedAt.UTC(), ChangedAt: a.ChangedAt.UTC(),
	}
}

type appListOutput struct {
	Body struct {
		Items []appRecord `json:"items" nullable:"false"`
	} `nameHint:"AppList"`
}

type appOutput struct{ Body appRecord }

func (e *edge) listApps(ctx context.Context, _ *struct{}) (*appListOutput, error) {
	found, err := e.Apps.List(ctx, e.actor(ctx))
	var out appListOutput
	out.Body.Items = each(found, showApp)
	return &out, err
}

func (e *edge) getApp(ctx context.Context, in *idInput) (*appOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	a, err := e.Apps.Get(ctx, e.actor(ctx), id)
	return &appOutput{showApp(a)}, err
}

// explainOutput says which rule decides.
type explainOutput struct {
	Body struct {
		App  appRecord      `json:"app"`
		Rule *appRuleRecord `json:"rule,omitempty" doc:"Absent where no rule is about the address, which lets nobody in."`
	} `nameHint:"AddressExplanation"`
}

func (e *edge) explainAddress(ctx context.Context, in *struct {
	Address string `query:"address" required:"true" maxLength:"2048" doc:"With scheme and host, as a browser has it." example:"https://wiki.example.com/admin"`
}) (*explainOutput, error) {
	got, err := e.Apps.Explain(ctx, e.actor(ctx), in.Address)
	if err != nil {
		return nil, err
	}
	var out explainOutput
	out.Body.App = showApp(got.App)
	if got.Found {
		r := showAppRule(got.Rule)
		out.Body.Rule = &r
	}
	return &out, nil
}

// appFields are what an admin says of an app.
type appFields struct {
	Name      string          `json:"name" minLength:"1" maxLength:"100"`
	Address   string          `json:"address" format:"uri" maxLength:"300" doc:"Scheme and host, with a port where that is not the usual one. https, but for what runs on the machine itself; never the host of this service."`
	Rules     []appRuleRecord `json:"rules" minItems:"1" maxItems:"100" nullable:"false"`
	Preflight bool            `json:"preflight,omitempty"`
	Version   int64           `json:"version,omitempty" minimum:"0" doc:"That was seen, when it is changed; 0 for any."`
}

func (f appFields) input() apps.Input {
	return apps.Input{Name: f.Name, Address: f.Address, Rules: each(f.Rules, appRuleRecord.rule), Preflight: f.Preflight, Version: f.Version}
}

func (e *edge) addApp(ctx context.Context, in *struct {
	Body appFields `nameHint:"AppRequest"`
}) (*appOutput, error) {
	a, err := e.Apps.Add(ctx, e.actor(ctx), in.Body.input())
	return &appOutput{showApp(a)}, err
}

func (e *edge) changeApp(ctx context.Context, in *struct {
	ID   string    `path:"id"`
	Body appFields `nameHint:"AppRequest"`
}) (*appOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	a, err := e.Apps.Change(ctx, e.actor(ctx), id, in.Body.input())
	return &appOutput{showApp(a)}, err
}

// appSessionOutput is the pass of a browser.
type appSessionOutput struct {
	Body struct {
		Token     string    `json:"token" doc:"For GET /session alone."`
		AppID     string    `json:"appId" doc:"The app that it is good for: compare it with your own."`
		ExpiresAt time.Time `json:"expiresAt" doc:"When the session ends at the latest."`
	} `nameHint:"AppSession"`
}

func (e *edge) beginAppSession(ctx context.Context, in *struct {
	Body struct {
		Code  string `json:"code" maxLength:"200"`
		State string `json:"state" maxLength:"200" doc:"The secret that the app's cookie has."`
	} `nameHint:"AppSessionRequest"`
}) (*appSessionOutput, error) {
	t, err := e.Read.Tenant(exchangeOf(ctx).r)
	if err != nil {
		return nil, err
	}
	given, err := e.Apps.Exchange(ctx, t.ID, in.Body.Code, in.Body.State)
	if err != nil {
		return nil, err
	}
	var out appSessionOutput
	out.Body.Token, out.Body.AppID, out.Body.ExpiresAt = given.Token, given.AppID, given.EndsAt.UTC()
	return &out, nil
}
