package profile

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// keyPath is the page of an act on one of one's keys.
func keyPath(id, act string) string { return kit.APIKeysPath + "/" + id + "/" + act }

// keysCard says on Profile > Security how many keys there are.
type keysCard struct{ Text, Path string }

func viewKeysCard(s kit.Speaker, keys int) *keysCard {
	v := &keysCard{Text: s.T("apiKeys.cardNone"), Path: kit.APIKeysPath}
	if keys > 0 {
		v.Text = s.N("apiKeys.card", keys)
	}
	return v
}

// keysView is Profile > Security > API keys.
type keysView struct {
	Make  *kit.Anchor // nil when there are as many as there can be
	Full  string      // which is said here
	Keys  []kit.KeyRow
	Empty kit.EmptyView
}

// keyList shows the user's keys, those that expired too.
func (p *Pages) keyList(v *kit.Visit) error {
	keys, err := p.APIKeys.ListOwn(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "key_list", v.T("apiKeys.heading"), viewKeys(v.Speaker, keys))
}

func viewKeys(s kit.Speaker, keys []sallyport.APIKey) *keysView {
	v := &keysView{Empty: kit.EmptyView{Icon: "key", Title: s.T("apiKeys.emptyTitle"), Text: s.T("apiKeys.emptyText")}}
	if len(keys) < apikey.MaxKeys {
		v.Make = &kit.Anchor{Text: s.T("apiKeys.new"), Path: kit.APIKeysPath + "/new"}
		v.Empty.Action = v.Make
	} else {
		v.Full = s.T("apiKeys.full", "Max", apikey.MaxKeys)
	}
	for _, k := range keys {
		row := kit.ViewKey(s, k)
		if k.Status(s.Now) == sallyport.KeyActive {
			row.Replace = &kit.Anchor{Text: s.T("apiKeys.replace"), Path: keyPath(k.ID, "rotate")}
		}
		row.Revoke = askRevokeKey(s, k)
		v.Keys = append(v.Keys, row)
	}
	return v
}

// keyDone says what an act did, on the list of keys.
func keyDone(v *kit.Visit, said string) error {
	v.Flash(said, 0)
	v.Redirect(kit.APIKeysPath)
	return nil
}
