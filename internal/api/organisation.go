package api

import (
	"context"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/look"
	"github.com/sallyport/sallyport/internal/tenant"
)

func (e *edge) addOrganisation() {
	read := get("getOrganisation", "/organisation", "What the organisation is called and looks like")
	read.Description = "With what its colour is used as: each is made lighter or darker until its contrast is that of WCAG 2.2 AA."
	handle(e, read.signedIn(), e.getOrganisation)

	set := put("setLogo", "/organisation/logo", "Show a logo in the place of the name", withBody()...)
	set.Description = "The body is a file: PNG, JPEG, GIF or WebP, a still picture, 8 MB and 40 megapixels at most. It is made smaller where needed, and keeps nothing of the file but its pixels."
	handle(e, set.needs(tenant.NeedLook), e.setLogo)

	without := begin(http.MethodDelete, "removeLogo", "/organisation/logo", "Show the name of the organisation in the place of its logo", nil)
	handle(e, without.needs(tenant.NeedLook), e.removeLogo)

	change := patch("changeOrganisation", "/organisation", "Change what the organisation is called and looks like", withBody()...)
	change.Description = "Fields that are left out stay; \"\" is none. A field of was has what you have read: where somebody has changed that to something else, " +
		"the field is refused with changed_meanwhile, and nothing is changed."
	handle(e, change.needs(tenant.NeedLook), e.changeOrganisation)
}

// logoRecord is a picture, and where it is served without a session.
type logoRecord struct {
	Path   string `json:"path" doc:"It stays the same at its address."`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

func showLogo(text string) *logoRecord {
	l, ok := sallyport.ParseLogo(text)
	if !ok {
		return nil
	}
	return &logoRecord{"/logo/" + l.Hash, l.Width, l.Height}
}

type setLogoInput struct {
	RawBody []byte `contentType:"application/octet-stream"`
}

func (e *edge) setLogo(ctx context.Context, in *setLogoInput) (*organisationOutput, error) {
	if len(in.RawBody) == 0 {
		return nil, sallyport.Invalid(sallyport.FieldError{Field: "logo", Code: "required"})
	}
	t, err := e.Tenants.SaveLook(ctx, e.actor(ctx), tenant.LookChange{Logo: in.RawBody})
	return &organisationOutput{showOrganisation(t)}, err
}

// removeLogo takes the logo away.
func (e *edge) removeLogo(ctx context.Context, _ *struct{}) (*organisationOutput, error) {
	t, err := e.Tenants.SaveLook(ctx, e.actor(ctx), tenant.LookChange{Set: map[string]string{"logo": ""}})
	return &organisationOutput{showOrganisation(t)}, err
}

// organisationRecord is what an organisation is called and looks like.
type organisationRecord struct {
	Name            string        `json:"name"`
	Accent          string        `json:"accent" doc:"#rrggbb; empty for the colour of the product."`
	AccentUsed      *accentRecord `json:"accentUsed,omitempty" doc:"Absent where no colour is chosen."`
	Logo            *logoRecord   `json:"logo,omitempty" doc:"Absent where there is none."`
	SignInText      string        `json:"signInText" doc:"Plain text on the sign-in page, with line breaks."`
	HelpURL         string        `json:"helpUrl"`
	PrivacyURL      string        `json:"privacyUrl"`
	ImprintURL      string        `json:"imprintUrl"`
	SecurityContact string        `json:"securityContact" doc:"Where to tell of a weakness: an https or mailto address."`
}

// accentRecord is what a colour is used as.
type accentRecord struct {
	Light   schemeRecord   `json:"light"`
	Dark    schemeRecord   `json:"dark"`
	Changes []accentChange `json:"changes" nullable:"false" doc:"Where the colour cannot be used as it is."`
}

type schemeRecord struct {
	Button   string `json:"button" doc:"The ground of the main button."`
	Hover    string `json:"hover" doc:"The same under the pointer."`
	OnButton string `json:"onButton" doc:"Text on both."`
	Text     string `json:"text" doc:"Links, and words that stand out."`
	Control  string `json:"control" doc:"The ring around what has the focus, ticks, bars, edges of buttons."`
	Tint     string `json:"tint" doc:"A ground for what is chosen."`
}

type accentChange struct {
	Mode look.Mode `json:"mode" enum:"light,dark"`
	Use  look.Use  `json:"use" enum:"button,text,control"`
	From string    `json:"from"`
	To   string    `json:"to"`
}

func showOrganisation(t sallyport.Tenant) organisationRecord {
	return organisationRecord{
		Name: t.Name, Accent: t.Look.Accent, AccentUsed: showAccent(t.Look.Accent), Logo: showLogo(t.Look.Logo), SignInText: t.Look.SignInText,
		HelpURL: t.Look.HelpURL, PrivacyURL: t.Look.PrivacyURL, ImprintURL: t.Look.ImprintURL, SecurityContact: t.Look.SecurityContact,
	}
}

func showAccent(accent string) *accentRecord {
	if accent == "" {
		return nil
	}
	scheme := func(s look.Scheme) schemeRecord {
		return schemeRecord{s.Button, s.Hover, s.OnThem, s.Text, s.Control, s.Tint}
	}
	used := look.Of(accent)
	return &accentRecord{scheme(used.Light), scheme(used.Dark), each(used.Changes, func(c look.Change) accentChange {
		return accentChange{c.Mode, c.Use, c.From, c.To}
	})}
}

type organisationOutput struct{ Body organisationRecord }

func (e *edge) getOrganisation(ctx context.Context, _ *struct{}) (*organisationOutput, error) {
	t, err := e.Tenants.Organisation(ctx, e.actor(ctx))
	return &organisationOutput{showOrganisation(t)}, err
}

// LookFields are fields of what an organisation looks like; nil for those that are left out.
type LookFields struct {
	Name            *string `json:"name,omitempty" maxLength:"100"`
	Accent          *string `json:"accent,omitempty" maxLength:"7" doc:"#rrggbb"`
	SignInText      *string `json:"signInText,omitempty" maxLength:"500" doc:"At most 500 characters."`
	HelpURL         *string `json:"helpUrl,omitempty" maxLength:"500" doc:"An https address, as the others."`
	PrivacyURL      *string `json:"privacyUrl,omitempty" maxLength:"500"`
	ImprintURL      *string `json:"imprintUrl,omitempty" maxLength:"500"`
	SecurityContact *string `json:"securityContact,omitempty" maxLength:"500" doc:"An https address, or mailto: and one e-mail address."`
}

// given returns the fields that are not left out, by their names.
func (f LookFields) given() map[string]string {
	out := map[string]string{}
	for name, value := range map[string]*string{
		"name": f.Name, "accent": f.Accent, "signInText": f.SignInText, "helpUrl": f.HelpURL, "privacyUrl": f.PrivacyURL,
		"imprintUrl": f.ImprintURL, "securityContact": f.SecurityContact,
	} {
		if value != nil {
			out[name] = *value
		}
	}
	return out
}

type changeOrganisationInput struct {
	Body struct {
		LookFields
		Was *LookFields `json:"was,omitempty" doc:"What you have read of the fields that you change."`
	} `nameHint:"ChangeOrganisationRequest"`
}

func (e *edge) changeOrganisation(ctx context.Context, in *changeOrganisationInput) (*organisationOutput, error) {
	c := tenant.LookChange{Set: in.Body.given(), Was: map[string]string{}}
	if in.Body.Was != nil {
		for name, value := range in.Body.Was.given() {
			c.Was[name] = tenant.Mark(value)
		}
	}
	t, err := e.Tenants.SaveLook(ctx, e.actor(ctx), c)
	return &organisationOutput{showOrganisation(t)}, err
}
