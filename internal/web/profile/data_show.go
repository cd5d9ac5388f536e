package profile

import (
	"net/http"
	"time"

	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/owndata"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// dataView is the tab of Profile > General with one's own data: a copy of it, and the end of the
// account.
type dataView struct {
	Tabs    []kit.Tab
	Copies  []copyButton
	Lead    string
	Stays   []string
	Leaves  string           // when the account is deleted; "" when nobody asked for it
	Keep    string           // path of the act that keeps it
	Refused string           // why its owner cannot delete it; "" when they can
	Delete  *kit.ConfirmView // nil when it waits already, or they cannot
}

// copyButton downloads a copy in one format.
type copyButton struct {
	Path, Text string
	First      bool
}

// dataShow shows what somebody can do about their own data.
func (p *Pages) dataShow(v *kit.Visit) error {
	leaving, err := p.Accounts.Leaving(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "data_show", v.T("general.heading"), viewData(v.Speaker, leaving))
}

func viewData(s kit.Speaker, l account.Leaving) *dataView {
	v := &dataView{
		Tabs: generalTabs(s, dataPath),
		Copies: []copyButton{
			{dataHTMLPath, s.T("ownData.copyHTML"), true},
			{dataJSONPath, s.T("ownData.copyJSON"), false},
		},
		Lead:  s.T("ownData.deleteLead", "Days", s.N("ownData.days", days(l.Grace))),
		Stays: owndata.WhatStays(s.Printer),
	}
	switch {
	case !l.At.IsZero():
		v.Leaves, v.Keep = s.T("ownData.waitsTitle", "Date", s.Date(l.At, s.Zone)), dataKeepPath
	case !l.Allowed:
		v.Refused = s.T("ownData.forbidden")
	default:
		v.Delete = confirmDeletion(s, l)
	}
	return v
}

func days(d time.Duration) int { return int(d.Hours() / 24) }

// confirmDeletion asks before the account goes. No word is typed for it: it can be taken back.
func confirmDeletion(s kit.Speaker, l account.Leaving) *kit.ConfirmView {
	date := s.Date(l.Then, s.Zone)
	return &kit.ConfirmView{
		ID: "delete-account", Path: dataDeletePath, Back: dataPath, Class: "btn-danger", Text: s.T("ownData.deleteAct"), Title: s.T("ownData.deleteAsk"),
		Lines: []string{s.T("ownData.willEnd", "Date", date), s.T("ownData.willGo", "Date", date), s.T("ownData.willMail"), s.T("ownData.staysLog")},
		Act:   s.T("ownData.deleteAct"),
	}
}
