package server

import (
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// log writes a line for a request. Nothing of the spec but its name is in it: env, registry_auth and
// SSH keys are secrets, and others may be anywhere.
func (h *handler) log(request *http.Request, answer answer, took time.Duration) {
	level := slog.LevelInfo
	switch {
	case answer.status >= http.StatusInternalServerError:
		level = slog.LevelError
	case answer.status >= http.StatusBadRequest:
		level = slog.LevelWarn
	}
	fields := append([]slog.Attr{
		slog.String("method", shortened(request.Method)),
		slog.String("path", shortened(request.URL.Path)),
	}, answer.details...)
	fields = append(fields,
		slog.String("outcome", answer.outcome),
		slog.Int("status", answer.status),
		slog.Float64("ms", float64(took.Microseconds())/1000),
	)
	h.logger.LogAttrs(request.Context(), level, "request", fields...)
}

func shortened(words string) string {
	if len(words) <= maxLogged {
		return words
	}
	return strings.ToValidUTF8(words[:maxLogged], "") + "…"
}
