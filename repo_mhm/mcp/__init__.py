"""An MCP server: gives the memory, exact answers and impact of a change to coding agents."""
