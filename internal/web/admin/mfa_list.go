package admin

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const notEnrolledPath = mfaPath + "/not-enrolled"

// notEnrolledView is the list of people of whom a second factor is demanded and who have none.
type notEnrolledView struct {
	People []notEnrolledRow
	Empty  kit.EmptyView
	Pages  kit.PagesView
	Back   kit.Anchor
}

// notEnrolledRow is one of them.
type notEnrolledRow struct {
	Who      *kit.UserView
	Seen     *kit.Moment // last sign-in, nil for never
	Reminded *kit.Moment // nil for never
}

// notEnrolled shows who has to set a second factor up.
func (p *Pages) notEnrolled(v *kit.Visit) error {
	l := kit.Listed(v.R, notEnrolledPath, list.NotEnrolled, teamListed)
	found, err := p.Factors.NotEnrolled(v.R.Context(), p.Actor(v), l.Query)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "mfa_list", v.T("mfa.audience.required"), viewNotEnrolled(v.Speaker, l, found))
}

func viewNotEnrolled(s kit.Speaker, l kit.List, found list.Page[sallyport.User]) *notEnrolledView {
	v := &notEnrolledView{
		Pages: l.Pages(found.Next), Back: kit.Anchor{Text: s.T("mfa.heading"), Path: mfaPath},
		Empty: kit.EmptyView{Icon: "shield-check", Title: s.T("mfa.allEnrolledTitle"), Text: s.T("mfa.allEnrolledText")},
	}
	for _, u := range found.Rows {
		row := notEnrolledRow{Who: kit.ViewUser(u), Seen: s.Since("time.plain", u.LastSignInAt), Reminded: s.Since("time.plain", u.MFARemindedAt)}
		row.Who.Path = personPath(u.ID)
		v.People = append(v.People, row)
	}
	return v
}
