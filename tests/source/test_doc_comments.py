"""What authors say of a file: marks for tools are not it."""

from __future__ import annotations

import pytest

from repo_mhm.source.doc_comments import begins_comment, begins_decorator, leading_comment


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("# frozen_string_literal: true\n# What a shop sells.\n", "What a shop sells."),
        ("# -*- coding: utf-8 -*-\n# Carts.\n", "Carts."),
        ("// eslint-disable no-var\n// Carts.\n", "Carts."),
        ("/* eslint-disable */\n/* Carts. */\n", "Carts."),
        ("//go:build linux\n\n// Package cart adds.\npackage cart\n", "Package cart adds."),
        ("#!/bin/sh\n# shellcheck disable=SC1000\n# Runs it.\n", "Runs it."),
        ("# typed: strict\n\nmodule Cart\nend\n", ""),
        ("# Copyright the authors\n\n# Carts.\n", "Carts."),
        ("# typed data for carts\n", "typed data for carts"),
        ("# encoding helps\n", "encoding helps"),
    ],
)
def test_marks_for_tools_are_not_what_a_file_is_about(text: str, sentence: str) -> None:
    assert leading_comment(text) == sentence


@pytest.mark.parametrize("line", ["// a", "  # a", " * a", "/** a", "-- a", "; a", '"""A."""'])
def test_comments_are_told_by_their_beginning(line: str) -> None:
    assert begins_comment(line)


@pytest.mark.parametrize("line", ["#define A 1", "*p = 1;", "--i;", "#[derive(A)]", "a // b"])
def test_code_that_begins_like_a_comment_is_none(line: str) -> None:
    assert not begins_comment(line)


@pytest.mark.parametrize("line", ["@Override", "  @a.b(1)", "#[derive(A)]", "[HttpGet]"])
def test_decorators_are_told_by_their_beginning(line: str) -> None:
    assert begins_decorator(line)
