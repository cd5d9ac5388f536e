package kit

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/sallyport/sallyport/internal/seal"
)

// aways is where somebody was going who went to an identity provider first. The provider is told nothing of it.
var aways = keeping{"__Host-sallyport-away", "cookie.away"}

// way is what the cookie holds.
type way struct {
	Until time.Time
	Next  string
}

// KeepWay keeps the page to go on to until the browser is back from an identity provider. One that is too long
// is forgotten.
func (p *Shell) KeepWay(v *Visit, next string) error {
	text, err := json.Marshal(way{v.Now.Add(keptFor), LocalPath(next)})
	if err != nil || len(text) > maxKept {
		return err
	}
	sealed, err := p.Keys.Seal(placeOfWay(v), text)
	if err != nil {
		return err
	}
	setKept(v.W, aways, base64.RawURLEncoding.EncodeToString(sealed), int(keptFor.Seconds()))
	return nil
}

// TakeWay returns the page that KeepWay kept, and the first one where there is none.
func (p *Shell) TakeWay(v *Visit) string {
	c, err := v.R.Cookie(aways.cookie)
	if err != nil {
		return HomePath
	}
	setKept(v.W, aways, "", -1)
	var to way
	sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return HomePath
	}
	text, err := p.Keys.Open(placeOfWay(v), sealed)
	if err != nil || json.Unmarshal(text, &to) != nil || !v.Now.Before(to.Until) {
		return HomePath
	}
	return LocalPath(to.Next)
}

func placeOfWay(v *Visit) seal.Place {
	return seal.Place{Column: aways.column, TenantID: v.Tenant.ID, ID: "next"}
}
