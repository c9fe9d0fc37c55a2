package secrets

import (
	"context"
	"time"
)

// session is a token while it lives. Its user makes one call at a time.
type session struct {
	remote *remote
	login  login

	grant grant
	until time.Time // when the token ends, by our clock
	look  time.Time // when to renew it
}

// ready makes sure of a token that works at now. It says whether it is another
// one than before: what the former was lent ends with it.
//
// A token is renewed when a third of its time is left. One that cannot be
// renewed, or no more for long, is replaced if the login can; if not, it is
// used to its end.
func (s *session) ready(ctx context.Context, now time.Time) (changed bool, err error) {
	if s.grant.token.IsZero() || !now.Before(s.until) {
		return s.enter(ctx, now)
	}
	if now.Before(s.look) || s.grant.renewable && s.renew(ctx, now) {
		return false, nil
	}
	changed, err = s.enter(ctx, now)
	if err != nil && !isAlarm(err) && ctx.Err() == nil {
		s.look = now.Add(awayPause)
		return false, nil
	}
	return changed, err
}

// enter logs in.
func (s *session) enter(ctx context.Context, now time.Time) (changed bool, err error) {
	g, err := s.login.enter(ctx, s.remote)
	if err != nil {
		return false, err
	}
	changed = !g.token.same(s.grant.token)
	s.grant.token.Erase()
	s.grant = g
	s.lasts(now, g.lasts)
	return changed, nil
}

// renew reports whether the token lives on for at least half its first time.
func (s *session) renew(ctx context.Context, now time.Time) bool {
	answer, err := s.remote.put(ctx, s.grant.token, "auth/token/renew-self", nil)
	if err != nil || answer.Auth == nil {
		return false
	}
	left := lasting(answer.Auth.LeaseDuration)
	s.lasts(now, left)
	return left >= s.grant.lasts/2
}

func (s *session) lasts(now time.Time, left time.Duration) {
	s.until, s.look = now.Add(left), now.Add(left*2/3)
}

// lost asks, after a refusal, whether the token itself is what no longer works,
// and forgets it if so.
func (s *session) lost(ctx context.Context) bool {
	if _, err := s.remote.get(ctx, s.grant.token, "auth/token/lookup-self"); !denied.is(err) {
		return false
	}
	s.grant.token.Erase()
	return true
}

// close gives the token back, and with it all that it was lent, unless it is
// kept for another run.
func (s *session) close(ctx context.Context) error {
	defer s.grant.token.Erase()
	defer s.remote.transport.CloseIdleConnections()
	if s.grant.token.IsZero() || s.grant.kept {
		return nil
	}
	_, err := s.remote.put(ctx, s.grant.token, "auth/token/revoke-self", nil)
	return err
}
