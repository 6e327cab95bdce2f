"""What a kernel uses to talk to the server: standard library only, nothing imported before it is needed."""
