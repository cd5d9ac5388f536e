package dashboard

import (
	"context"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
)

// NeedRetryMails is what is needed to have mails sent again.
var NeedRetryMails = act.Need{Permission: access.UsersManage, Exempt: policy.Harmless}

// RetryMails has the mails of the organisation sent again that could not be delivered, and returns how
// many there are. It needs users.manage.
func (s *Service) RetryMails(ctx context.Context, actor sallyport.Actor) (n int64, err error) {
	err = s.acts.Run(ctx, actor, act.Tenant, NeedRetryMails, func(a *act.Act) error {
		if n, err = a.RetryDeadOf(ctx, actor.TenantID, notify.ChannelEmail, a.Now); err != nil || n == 0 {
			return err
		}
		a.Note(audit.MailRetried, act.About{}, "count", strconv.FormatInt(n, 10))
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
