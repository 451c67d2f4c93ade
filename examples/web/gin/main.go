// A shop on Gin.
package main

import (
	"context"
	"log"
	"net/http"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
)

func main() {
	var unsent, sent atomic.Int64

	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.POST("/invoke", func(c *gin.Context) {
		unsent.Add(1)
		c.String(http.StatusOK, "thank you for the order\n")
	})
	router.GET("/pre-freeze", func(c *gin.Context) {
		sent.Add(unsent.Swap(0))
		c.Status(http.StatusOK)
	})
	router.GET("/pre-stop", func(c *gin.Context) {
		log.Printf("%d orders were counted", sent.Load())
		c.Status(http.StatusOK)
	})

	ctx, done := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer done()
	server := &http.Server{Addr: ":9000", Handler: router}
	go func() {
		<-ctx.Done()
		limit, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = server.Shutdown(limit)
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}
