package profile

import (
	"net/url"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// keyForm asks what a new key is to be.
func (p *Pages) keyForm(v *kit.Visit) (*kit.FormView, error) {
	if err := p.MayAct(v, apikey.NeedMake.StepUp); err != nil {
		return nil, err
	}
	return viewNewKey(v.Speaker, access.Has(p.Actor(v))), nil
}

func viewNewKey(s kit.Speaker, has []string) *kit.FormView {
	f := kit.KeyForm(s, has)
	f.Path, f.Back = kit.APIKeysPath+"/new", kit.APIKeysPath
	return f
}

// keyMake makes it, and shows its text. A form that is sent again makes no second one: its name is taken.
func (p *Pages) keyMake(v *kit.Visit) error {
	if err := p.MayAct(v, apikey.NeedMake.StepUp); err != nil {
		return err
	}
	made, err := p.APIKeys.Make(v.R.Context(), p.Actor(v), kit.KeyInput(v))
	return p.keyShow(v, made, err)
}

// keyShow shows the text of a key that was made or replaced, or says what stood in the way.
func (p *Pages) keyShow(v *kit.Visit, made apikey.Made, err error) error {
	e := kit.AsError(err)
	switch {
	case e != nil && e.Obstacle == sallyport.TooManyKeys:
		return keyDone(v, "flash.keysFull")
	case e != nil && e.Obstacle == sallyport.KeyIsOver:
		return keyDone(v, "flash.keyOver")
	case err != nil:
		return err
	}
	return p.ShowSecret(v, made, p.OAuth.Issuer(v.Tenant), kit.APIKeysPath)
}

// keyRotateForm asks how long the former text of a key goes on to work.
func (p *Pages) keyRotateForm(v *kit.Visit) (*kit.FormView, error) {
	k, err := p.APIKeys.Own(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if k.Status(v.Now) != sallyport.KeyActive {
		return nil, keyDone(v, "flash.keyOver")
	}
	if err := p.MayAct(v, apikey.NeedMake.StepUp); err != nil {
		return nil, err
	}
	return viewRotateKey(v.Speaker, k), nil
}

func viewRotateKey(s kit.Speaker, k sallyport.APIKey) *kit.FormView {
	f := kit.RotateForm(s, k)
	// The address says which text is replaced, so that a form that is sent again replaces no other one.
	f.Path, f.Back = kit.WithQuery(keyPath(k.ID, "rotate"), url.Values{"text": {k.Hint}}), kit.APIKeysPath
	return f
}

// keyRotate gives a key another text, and shows that.
func (p *Pages) keyRotate(v *kit.Visit) error {
	k, err := p.APIKeys.Own(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	if err != nil {
		return err
	}
	if err := p.MayAct(v, apikey.NeedMake.StepUp); err != nil {
		return err
	}
	if v.R.URL.Query().Get("text") != k.Hint { // the form is sent again
		return keyDone(v, "flash.keyReplaced")
	}
	made, err := p.APIKeys.Rotate(v.R.Context(), p.Actor(v), k.ID, kit.Overlap(v))
	return p.keyShow(v, made, err)
}

// keyRevokeAsk asks before a key stops working.
func (p *Pages) keyRevokeAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	k, err := p.APIKeys.Own(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return askRevokeKey(v.Speaker, k), nil
}

// keyRevoke ends it.
func (p *Pages) keyRevoke(v *kit.Visit) error {
	if err := p.APIKeys.Revoke(v.R.Context(), p.Actor(v), v.R.PathValue("id")); err != nil {
		return err
	}
	return keyDone(v, "flash.keyRevoked")
}

func askRevokeKey(s kit.Speaker, k sallyport.APIKey) *kit.ConfirmView {
	return kit.AskRevokeKey(s, k, keyPath(k.ID, "revoke"), kit.APIKeysPath)
}
