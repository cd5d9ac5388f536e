package profile

import (
	"net/http"
	"slices"

	"github.com/sallyport/sallyport"

	"github.com/sallyport/sallyport/internal/notice"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// choicesView is Profile > Notifications.
type choicesView struct {
	Push   *pushView
	Ways   []string // what the columns are called
	Groups []choiceGroup
	Phone  *kit.Anchor // leads to where a phone number is given; nil when there is one, or nothing is texted
	List   string      // path of the bell
}

type choiceGroup struct {
	Title  string
	Plain  bool // it has one switch for each topic, and no columns
	Topics []choiceRow
}

// choiceRow is one topic, with a switch for each way.
type choiceRow struct {
	Title, Lead string
	Switches    []choiceSwitch
}

type choiceSwitch struct {
	Way    string
	Is     bool   // something of this topic goes that way
	Name   string // of the field
	Label  string // for those who do not see the table
	On     bool
	Always string // why it cannot be switched off; "" where it can
}

// notificationsShow is what the reader is told of, and where.
func (p *Pages) notificationsShow(v *kit.Visit) error {
	all, err := p.Notices.Choices(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	browsers, err := p.Push.List(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	view := viewChoices(v.Speaker, all)
	view.Push = viewPush(v.Speaker, p.Push.State(), browsers, p.Actor(v).Client.Info)
	for i, h := range view.Push.Help {
		view.Push.Help[i].Shown = h.When == v.R.URL.Query().Get("push")
	}
	if v.Checked.User.Phone == "" && p.Factors.Available(sallyport.MethodSMS) {
		view.Phone = &kit.Anchor{Text: v.T("notifications.addPhone"), Path: phonePath}
	}
	return p.Show(v, http.StatusOK, "notice_choices", v.T("notifications.heading"), view)
}

func viewChoices(s kit.Speaker, all []notice.Choice) *choicesView {
	v := &choicesView{List: kit.NoticesPath}
	for _, way := range notify.Ways {
		v.Ways = append(v.Ways, s.T("notifications.way."+string(way)))
	}
	for _, c := range all {
		group := s.T("notifications.mine")
		switch {
		case c.Admins:
			group = s.T("notifications.organisation")
		case c.Topic == notify.LockScreen:
			group = s.T("notifications.howShown")
		}
		if len(v.Groups) == 0 || v.Groups[len(v.Groups)-1].Title != group {
			v.Groups = append(v.Groups, choiceGroup{Title: group, Plain: c.Topic == notify.LockScreen})
		}
		g := &v.Groups[len(v.Groups)-1]
		g.Topics = append(g.Topics, viewChoice(s, c))
	}
	return v
}

func viewChoice(s kit.Speaker, c notice.Choice) choiceRow {
	id := string(c.Topic)
	row := choiceRow{Title: s.T("notifications.topic." + id), Lead: s.T("notifications.lead." + id)}
	for _, way := range notify.Ways {
		sw := choiceSwitch{Way: s.T("notifications.way." + string(way)), Is: c.By(way) != "", Name: id + "." + string(way), On: c.Wanted[way], Label: s.T("notifications.switch", "Topic", row.Title, "Way", s.T("notifications.way."+string(way)))}
		if c.By(way) == notify.Always {
			sw.Always = s.T("notifications.always")
		}
		row.Switches = append(row.Switches, sw)
	}
	return row
}

// notificationsSave stores all choices of the page. What cannot be switched off is not part of it.
func (p *Pages) notificationsSave(v *kit.Visit) error {
	all, err := p.Notices.Choices(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	if err := v.R.ParseForm(); err != nil {
		return err
	}
	var wishes []notice.Wish
	for _, c := range all {
		for _, way := range notify.Ways {
			if by := c.By(way); by != "" && by != notify.Always {
				name := string(c.Topic) + "." + string(way)
				wishes = append(wishes, notice.Wish{Topic: c.Topic, Way: way, Wanted: slices.Contains(v.R.PostForm["on"], name)})
			}
		}
	}
	if err := p.Notices.Choose(v.R.Context(), p.Actor(v), wishes); err != nil {
		return err
	}
	v.Flash("flash.notificationsSaved", 0)
	v.Redirect(kit.NotificationsPath)
	return nil
}
