#!/usr/bin/python
# -*- coding: latin-1 -*-
x = 'é'
