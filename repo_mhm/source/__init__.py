"""Source: cuts files into chunks and finds their symbols and references.

Knows no model, memory or question.
"""
