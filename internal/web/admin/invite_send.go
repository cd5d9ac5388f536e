package admin

import (
	"net/http"
	"strconv"

	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// batch is how many people one request invites.
const batch = 25

// inviteListSend invites the next people of a list, and shows how far it is. The form comes back
// with the whole list and what became of the rows so far; to send the same again mails nobody
// twice, since who was invited waits already.
func (p *Pages) inviteListSend(v *kit.Visit) error {
	l, err := postedList(v)
	if err != nil {
		return err
	}
	ctx, actor := v.R.Context(), p.Actor(v)
	plan, err := p.Accounts.PlanInvitations(ctx, actor, l)
	if kit.AsInvalid(err) != nil {
		return p.SendBack(v, listPath, err)
	}
	if err != nil {
		return err
	}
	done := recall(plan, v.Value("done"))
	for mailed := 0; len(done) < len(plan) && mailed < batch; {
		row := &plan[len(done)]
		if row.Fate == account.ToInvite {
			mailed++
		}
		if *row, err = p.Accounts.InviteListed(ctx, actor, *row); err != nil {
			return err
		}
		done += fates[row.Fate].letter
	}
	names, err := p.namesOf(v)
	if err != nil {
		return err
	}
	view := viewSent(v.Speaker, l, plan, done, names)
	return p.Show(v, http.StatusOK, "invite_plan", view.Title, view)
}

// recall says of the first rows of a plan what became of them, and returns the letters that it
// could read: as the plan is made anew, who was invited a moment ago waits in it already.
func recall(plan []account.Invitee, letters string) string {
	for i := range letters {
		found := false
		for fate, look := range fates {
			if i < len(plan) && look.letter == letters[i:i+1] {
				plan[i].Fate, found = fate, true
			}
		}
		if !found {
			return letters[:i]
		}
	}
	return letters
}

// viewSent shows what became of the list so far; done has a letter for each row.
func viewSent(s kit.Speaker, l account.List, plan []account.Invitee, done string, names places) *planView {
	n := count(plan)
	left, sent := n[account.ToInvite], n[account.Invited]+n[account.Limited]
	v := &planView{
		Title: s.T("invite.sending"), Rows: viewRows(s, plan, names), Counts: counts(s, n),
		Progress: &progress{Done: sent, All: sent + left, Text: s.T("invite.progress", "Done", strconv.Itoa(sent), "All", strconv.Itoa(sent+left))},
		Back:     kit.Anchor{Text: s.T("invite.toTeam"), Path: teamPath},
	}
	if left > 0 {
		v.Lead = s.T("invite.sendingLead")
		v.Form = &sendForm{Path: sendPath, List: l.Text, Kept: keptList(l, done), Act: s.N("invite.next", min(left, batch))}
		return v
	}
	v.Title, v.Lead = s.T("invite.doneTitle"), s.N("invite.doneLead", n[account.Invited])
	if n[account.Limited] > 0 {
		v.Lead = s.N("invite.doneLimited", n[account.Limited])
	}
	return v
}
